"""Three logical CPUs, so that one machine can have replicas.

Import it before anything starts TensorFlow.
"""

import contextlib

import tensorflow as tf

_cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    _cpu, [tf.config.LogicalDeviceConfiguration()] * 3
)


def mirrored(replicas):
    """A `MirroredStrategy` of some of them."""
    names = [device.name for device in tf.config.list_logical_devices("CPU")]
    return tf.distribute.MirroredStrategy(names[:replicas])


def scope_of(strategy):
    return contextlib.nullcontext() if strategy is None else strategy.scope()
