"""ITRAAlignment: its config, and what it refuses."""

import keras
import numpy as np
import pytest

from keras_itra import kernels
from keras_itra.losses import ITRAAlignment
from tests.cases import BAD_INPUT
from tests.losses.alignment_cases import draw


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"mode": "marginal", "rooted": False, "estimator": "unbiased"},
        {"kernel": kernels.RationalQuadratic(2.0, (1, 3), alpha=0.7)},
        {
            "kernel": kernels.Gaussian(
                kernels.MedianBandwidth("pooled", "off_diagonal", 64, 1e-3)
            ),
            "class_average": "present",
            "num_classes": 7,
            "name": "mine",
        },
        {"mode": "joint", "label_kernel": kernels.Laplacian("mean")},
    ],
    ids=range(5),
)
def test_config_round_trip(arguments):
    loss = ITRAAlignment(**arguments)
    config = keras.saving.serialize_keras_object(loss)
    assert config["registered_name"] == "keras_itra>ITRAAlignment"
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, ITRAAlignment)
    assert copy.get_config() == loss.get_config()
    labels, features = draw()
    np.testing.assert_allclose(
        copy(labels, features), loss(labels, features), rtol=1e-6
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"mode": "class"},
        {"mode": None},
        {"kernel": "gausian"},
        {"estimator": "unbiased"},  # rooted
        {"estimator": "jackknife"},
        {"class_average": "some"},
        {"num_classes": 0},
        {"num_classes": 2.5},
        {"label_kernel": "gaussian"},  # not joint
        {"mode": "joint", "label_kernel": "gausian"},
        {"mode": "joint", "kernel": "energy"},
        {"mode": "joint", "label_kernel": "energy"},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAAlignment(**arguments)


def test_unknown_argument_is_refused():
    with pytest.raises(TypeError, match="bandwith"):
        ITRAAlignment(bandwith=1.0)


@pytest.mark.parametrize("mode", ["conditional", "joint"])
@pytest.mark.parametrize("shape", [(14,), (15, 2, 2), ()])
def test_labels_of_wrong_shape_are_refused(shape, mode):
    _, features = draw()
    with pytest.raises(ValueError, match=BAD_INPUT):
        ITRAAlignment(mode=mode)(np.zeros(shape), features)


def test_sample_weights_of_wrong_shape_are_refused():
    labels, features = draw()
    for weights in (np.ones(14), np.ones((15, 2))):
        with pytest.raises(ValueError, match=BAD_INPUT):
            ITRAAlignment()(labels, features, sample_weight=weights)
