"""WithinClassSpread: a vector whose mean is the spread."""

import keras
import numpy as np
import pytest

from keras_itra import kernels
from keras_itra.discrepancies import within_class_spread
from keras_itra.losses import WithinClassSpread
from tests import reference
from tests.cases import BAD_INPUT, NUM_CLASSES, draw
from tests.gradients import assert_gradient, value_and_gradients


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("class_average", ["all", "present"])
def test_mean_and_its_gradient_are_those_of_the_spread(
    class_average, rooted, weighted
):
    batches = draw(weighted=weighted)
    options = {
        "rooted": rooted,
        "class_average": class_average,
        "num_classes": NUM_CLASSES,
    }
    expected, gradient = value_and_gradients(
        lambda x: within_class_spread(
            x, batches.s, weights=batches.a, **options
        ),
        batches.x,
    )
    loss = WithinClassSpread(**options)
    value, found = value_and_gradients(
        lambda x: loss(batches.s, x, sample_weight=batches.a), batches.x
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert_gradient(found, gradient)
    assert loss.call(batches.s, batches.x).shape == (len(batches.x),)


def test_default_equals_the_reference():
    batches = draw(rows=36, width=8)
    precise = batches.precise()
    expected = reference.within_class_spread(
        precise["x"], precise["s"], reference.Kernel()
    )
    value = WithinClassSpread(num_classes=NUM_CLASSES)(batches.s, batches.x)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    # Unknown number of classes: the average over those in the batch.
    value = WithinClassSpread()(batches.s, batches.x)
    np.testing.assert_allclose(value, expected * NUM_CLASSES / 3, rtol=1e-5)


def test_sample_weight_zero_removes_the_row():
    batches = draw()
    weights = np.ones(len(batches.x))
    weights[5] = 0
    x = batches.x.copy()
    x[5] = 1e6
    loss = WithinClassSpread()
    np.testing.assert_allclose(
        loss(batches.s, x, sample_weight=weights),
        loss(np.delete(batches.s, 5), np.delete(x, 5, axis=0)),
        rtol=1e-5,
    )


def test_one_row_is_zero():
    value, gradient = value_and_gradients(
        lambda x: WithinClassSpread()(np.zeros(1, int), x), draw().x[:1]
    )
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


def test_config_round_trip():
    loss = WithinClassSpread(
        kernels.Laplacian("mean"), False, "present", 5, "spread"
    )
    config = keras.saving.serialize_keras_object(loss)
    assert config["registered_name"] == "keras_itra>WithinClassSpread"
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, WithinClassSpread)
    assert copy.get_config() == loss.get_config()


@pytest.mark.parametrize(
    "arguments",
    [{"kernel": "gausian"}, {"class_average": "some"}, {"num_classes": -1}],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        WithinClassSpread(**arguments)
