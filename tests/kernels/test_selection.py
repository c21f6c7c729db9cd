"""Where TensorFlow can select an entry, and that XLA is noticed."""

import pytest
import tensorflow as tf

from keras_itra.kernels import selection

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        bool(tf.config.list_physical_devices("GPU")), reason="there is a GPU"
    ),
]


def traced(function, **options):
    """What a function returns while it is traced."""
    found = []

    def traced_function(x):
        found.append(function())
        return x

    tf.function(traced_function, **options)(tf.zeros(()))
    return found


def test_at_hand_on_cpus():
    assert selection.is_at_hand()
    assert traced(selection.is_at_hand) == [True]


def test_not_at_hand_in_what_xla_compiles():
    def in_a_branch():
        found = []
        tf.cond(
            tf.zeros(()) > 0,
            lambda: found.append(selection.is_at_hand()) or 0.0,
            lambda: 1.0,
        )
        return found

    def in_another_function():
        return traced(selection.is_at_hand)

    def inside():
        return [selection.is_at_hand(), *in_a_branch(), *in_another_function()]

    assert traced(inside) == [[True, True, True]]
    assert traced(inside, jit_compile=True) == [[False, False, False]]


def test_not_at_hand_with_another_device(monkeypatch):
    devices = [tf.config.LogicalDevice(f"/{t}:0", t) for t in ("CPU", "GPU")]
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda: devices)
    assert not selection.is_at_hand()


def test_smallest():
    entries = tf.constant([[3.0, 1.0, 2.0], [0.0, 0.0, 5.0]])
    for place, expected in enumerate(([1, 0], [2, 0], [3, 5])):
        assert list(selection.smallest(entries, place)) == expected
