"""FeatureMemory against queues of the standard library."""

from collections import defaultdict, deque

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from keras_itra.layers import FeatureMemory
from tests.cases import BAD_INPUT
from tests.gradients import value_and_gradients
from tests.graphs import compiled

WIDTH, NUM_CLASSES = 2, 3


def made(size, balanced=False):
    memory = FeatureMemory(size, NUM_CLASSES, balanced)
    memory.build((None, WIDTH))
    return memory


def draw(rows, seed=0, classes=NUM_CLASSES):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows)
    weights = rng.uniform(0.5, 2, rows) * rng.integers(0, 4, rows).clip(max=1)
    features = rng.normal(size=(rows, WIDTH))
    return labels, features.astype("float32"), weights.astype("float32")


class Queues:
    """What a memory must hold."""

    def __init__(self, size, balanced):
        self.balanced = balanced
        self.rings = NUM_CLASSES if balanced else 1
        self.length = size // self.rings
        self.kept = defaultdict(lambda: deque(maxlen=self.length))

    def update(self, labels, features, weights):
        for label, feature, weight in zip(
            labels, features, weights, strict=True
        ):
            if weight > 0:
                ring = int(label) if self.balanced else 0
                self.kept[ring].append([label, *feature, weight])

    def full(self):
        return all(
            len(self.kept[ring]) == self.length for ring in range(self.rings)
        )


def contents(memory):
    """Rows of each ring, oldest first."""
    rows = np.column_stack(
        [memory.labels, memory.features, memory.row_weights]
    ).reshape(memory.rings, memory.rows_per_ring, -1)
    heads = np.array(memory.heads)
    rings = [
        np.roll(ring, -head, 0) for ring, head in zip(rows, heads, strict=True)
    ]
    return [[row for row in ring if row[-1] > 0] for ring in rings]


@given(
    size=st.integers(3, 12),
    balanced=st.booleans(),
    batches=st.lists(st.integers(1, 17), min_size=1, max_size=5),
    seed=st.integers(0, 1000),
)
def test_holds_the_latest_rows(size, balanced, batches, seed):
    memory, expected = made(size, balanced), Queues(size, balanced)
    for index, rows in enumerate(batches):
        batch = draw(rows, seed + index)
        memory.update(*batch)
        expected.update(*batch)
        for ring, found in enumerate(contents(memory)):
            assert len(found) == len(expected.kept[ring])
            for row, kept in zip(found, expected.kept[ring], strict=True):
                np.testing.assert_allclose(row, kept)
        weights = np.array(memory.reference()[2])
        assert bool(weights.all()) == bool(weights.any()) == expected.full()


def test_reference_is_what_was_written():
    memory = made(4)
    labels, features, _ = draw(4)
    weights = np.array([1, 2, 3, 4], "float32")
    memory.update(labels, features, weights[:, None])
    for found, expected in zip(
        memory.reference(), (labels, features, weights), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    memory.update(labels[:1], features[:1])
    np.testing.assert_array_equal(memory.reference()[2], [1, 2, 3, 4])


def test_rows_without_one_class_are_left_out():
    memory = made(6, balanced=True)
    labels = np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1], [0, 0, 0]])
    memory.update(labels, np.ones((4, WIDTH), "float32"))
    kept = np.array(memory.row_weights).reshape(NUM_CLASSES, 2)
    np.testing.assert_array_equal(kept, [[1, 0], [0, 0], [1, 0]])
    memory.update(np.array([-1, 3]), np.ones((2, WIDTH), "float32"))
    np.testing.assert_array_equal(
        kept, np.array(memory.row_weights).reshape(NUM_CLASSES, 2)
    )


@pytest.mark.parametrize("layout", ["column", "one-hot", "float"])
def test_layout_of_labels_does_not_matter(layout):
    labels, features, weights = draw(7)
    other = {
        "column": labels[:, None],
        "one-hot": keras.utils.to_categorical(labels, NUM_CLASSES),
        "float": labels.astype("float32"),
    }[layout]
    first, second = made(5), made(5)
    first.update(labels, features, weights)
    second.update(other, features, weights)
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.features, second.features)


def test_features_of_any_shape_and_precision_are_kept_as_float32_rows():
    keras.config.set_dtype_policy("mixed_float16")
    memory = FeatureMemory(2)
    memory.build((None, 2, 3))
    rows = np.arange(12, dtype="float16").reshape(2, 2, 3)
    memory.update(np.zeros(2, int), rows)
    _, features, weights = memory.reference()
    for tensor in (features, weights):
        assert keras.backend.standardize_dtype(tensor.dtype) == "float32"
    np.testing.assert_array_equal(features, rows.reshape(2, 6))


@pytest.mark.tensorflow  # compiled, the memory writes to itself
@pytest.mark.parametrize("balanced", [False, True])
def test_jit_equals_eager(balanced):
    eager, memory = made(7, balanced), made(7, balanced)
    update = compiled(memory.update)
    for seed in range(4):
        batch = draw(5, seed)
        eager.update(*batch)
        update(*batch)
    for found, expected in zip(memory.weights, eager.weights, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.tensorflow  # differentiated, the memory writes to itself
def test_nothing_is_trained_and_no_gradient_passes():
    memory = made(4)

    def remembered(features):
        memory.update(np.zeros(4, int), features)
        return ops.sum(memory.reference()[1])

    _, gradient = value_and_gradients(remembered, draw(4)[1])
    np.testing.assert_array_equal(gradient, 0)
    assert memory.trainable_variables == []
    assert len(memory.non_trainable_variables) == 4


def test_config_round_trip():
    memory = FeatureMemory(7, num_classes=3, balanced=True, name="mine")
    config = keras.saving.serialize_keras_object(memory)
    assert config["registered_name"] == "keras_itra>FeatureMemory"
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.get_config() == memory.get_config()
    copy.build((None, WIDTH))
    assert copy.features.shape == (6, WIDTH)


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": 0},
        {"size": 2.5},
        {"size": None},
        {"size": 8, "balanced": True},
        {"size": 8, "balanced": 1, "num_classes": 2},
        {"size": 8, "num_classes": 0},
        {"size": 2, "balanced": True, "num_classes": 3},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        FeatureMemory(**arguments)


def test_features_of_unknown_width_are_refused():
    with pytest.raises(ValueError, match=BAD_INPUT):
        FeatureMemory(4).build((None, None))
