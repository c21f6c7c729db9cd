"""The head learns from cross-entropy, the extractor from the alignment."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

from keras_itra import ITRAModel
from keras_itra.experiments.rivals import (
    OrthogonalProjection,
    SupervisedContrastive,
    linear_on_frozen,
)
from tests.cases import BAD_INPUT
from tests.experiments.rivals.cases import (
    classifier,
    compiled,
    cross_entropy,
    three_classes,
)


def test_same_outputs_and_layers():
    plain = classifier()
    frozen = linear_on_frozen(plain)
    x, _ = three_classes()
    np.testing.assert_array_equal(
        *(ops.convert_to_numpy(m(x)) for m in (frozen, plain))
    )
    assert [id(v) for v in frozen.variables] == [id(v) for v in plain.variables]


def test_cross_entropy_moves_the_head_alone():
    model = compiled(linear_on_frozen(classifier()))
    before = model.get_weights()
    cross_entropy_step(model, *three_classes())
    moved = [
        not np.array_equal(a, b)
        for a, b in zip(before, model.get_weights(), strict=True)
    ]
    assert moved == [False, False, True, True]


def test_cross_entropy_does_not_reach_the_extractor():
    x, y = three_classes()
    steps = []
    for share in (0.0, 1.0):
        keras.utils.set_random_seed(0)
        network = classifier()
        model = aligned(network, SupervisedContrastive())
        model.compile("sgd", cross_entropy(), loss_weights=share)
        before = network.get_weights()
        model.train_on_batch(x, y)
        after = network.get_weights()
        steps.append([a - b for a, b in zip(after, before, strict=True)])
    without, both = steps
    for layer in (0, 1):
        assert np.abs(both[layer]).max() > 1e-3
        np.testing.assert_allclose(both[layer], without[layer], atol=1e-7)
    assert np.abs(both[2]).max() > 1e-3
    np.testing.assert_array_equal(without[2], 0)


@pytest.mark.parametrize(
    "loss", [SupervisedContrastive(), OrthogonalProjection()], ids=type
)
def test_the_linear_layer_learns_in_the_same_fit(loss):
    x, y = three_classes()
    model = compiled(aligned(classifier(), loss))
    history = model.fit(x, y, batch_size=20, epochs=4, verbose=0).history
    assert history["alignment"][-1] < history["alignment"][0] - 0.15
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] > 0.9


def test_a_saved_model_still_cuts_the_gradient(tmp_path):
    model = compiled(aligned(classifier(), SupervisedContrastive()))
    x, y = three_classes()
    model.train_on_batch(x, y)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        *(ops.convert_to_numpy(m(x)) for m in (loaded, model)), rtol=1e-6
    )
    head = compiled(loaded.inference_model())
    before = head.get_weights()[0]
    cross_entropy_step(head, x, y)
    np.testing.assert_array_equal(head.get_weights()[0], before)


def test_a_layer_that_is_none_is_refused():
    with pytest.raises(ValueError, match=BAD_INPUT):
        linear_on_frozen(classifier(), "feature")


def aligned(network, loss):
    return ITRAModel.from_model(
        linear_on_frozen(network),
        feature_layer="features",
        alignment=loss,
        alignment_weight=1.0,
        pairing="none",
        seed=0,
    )


def cross_entropy_step(model, x, y):
    """A step of which Keras may say that it leaves the extractor alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Gradients do not exist")
        model.train_on_batch(x, y)
