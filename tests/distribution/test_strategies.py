"""Strategies whose replicas do not compute one step together are refused."""

import pytest
import tensorflow as tf

from keras_itra.distribution.strategies import require_supported_strategy
from tests.cases import BAD_INPUT

SUPPORTED = (
    tf.distribute.MirroredStrategy,
    tf.distribute.MultiWorkerMirroredStrategy,
    tf.distribute.OneDeviceStrategy,
)


def of_class(strategy):
    """An instance that was not initialised: it would need its cluster."""
    return strategy.__new__(strategy)


@pytest.mark.parametrize("strategy", SUPPORTED)
def test_supported(strategy):
    require_supported_strategy(of_class(strategy))


@pytest.mark.parametrize(
    "strategy",
    [
        tf.distribute.ParameterServerStrategy,
        tf.distribute.TPUStrategy,
        tf.distribute.experimental.CentralStorageStrategy,
        tf.distribute.Strategy,
    ],
)
def test_others_are_refused(strategy):
    with pytest.raises(ValueError, match=BAD_INPUT) as error:
        require_supported_strategy(of_class(strategy))
    assert strategy.__name__ in str(error.value)
