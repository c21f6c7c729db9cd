"""Several replicas are refused: MMDs of shards are another loss."""

import pytest

from tests.fresh_process import run

# Logical devices must be made before TensorFlow starts.
SCRIPT = """
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
devices = [tf.config.LogicalDeviceConfiguration()] * {replicas}
tf.config.set_logical_device_configuration(cpu, devices)

import keras
import keras_itra
from tests.models.cases import compiled, draw, perceptron

names = [d.name for d in tf.config.list_logical_devices("CPU")]
with tf.distribute.MirroredStrategy(names).scope():
    model = compiled(keras_itra.ITRAModel.from_model(perceptron(), seed=0))
try:
    model.fit(*draw(16), batch_size=8, verbose=0)
    print("trained")
except ValueError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("replicas", "printed"),
    [(1, "trained"), (2, "Received: replicas=2")],
)
def test_more_than_one_replica_is_refused(replicas, printed):
    assert printed in run(SCRIPT.format(replicas=replicas))
