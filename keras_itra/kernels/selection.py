"""Selection of an entry by its place, an operation that TensorFlow has.

It takes a fraction of the time of a sort, but runs on CPUs only, and XLA does
not compile it; nor, therefore, a function that was traced outside of what XLA
compiles.
"""

from typing import Any

from keras import backend

from keras_itra.typing import Tensor


def is_at_hand() -> bool:
    """Whether what is computed here can select: TensorFlow on CPUs, no XLA."""
    if backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    devices = tf.config.list_logical_devices()
    on_cpus = all(device.device_type == "CPU" for device in devices)
    return on_cpus and not _is_compiled(tf.compat.v1.get_default_graph())


def smallest(entries: Tensor, place: Any) -> Tensor:
    """The entry of each row at a place of their order.

    Args:
        entries: `(n, e)`, not NaN.
        place: Counted from 0; the same for all rows.

    Returns:
        `(n,)`.
    """
    import tensorflow as tf

    return tf.raw_ops.NthElement(input=entries, n=place)


def _is_compiled(graph: Any) -> bool:
    # No public function tells; `tests/kernels/test_selection.py` watches.
    from tensorflow.python.ops import control_flow_util

    return control_flow_util.GraphOrParentsInXlaContext(graph)
