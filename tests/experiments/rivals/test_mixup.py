"""Mixup: convex combinations that can be replayed."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_itra.data import PairedBatches
from keras_itra.experiments.rivals import Mixup
from tests.cases import BAD_INPUT
from tests.experiments.rivals.cases import classifier, three_classes

ROWS, CLASSES = 23, 3
#: Row i is the i-th unit vector: a mixture tells what it is made of.
ARRAYS = (np.eye(ROWS, dtype="float32"), np.arange(ROWS) % CLASSES)


def batches(arrays=ARRAYS, batch_size=6, **options):
    options = {"pairing": "none", "seed": 3, **options}
    return PairedBatches(arrays, batch_size, **options)


def mixup(plain=None, alpha=1.0, seed=0):
    plain = batches() if plain is None else plain
    return Mixup(plain, alpha, seed, num_classes=CLASSES)


def epochs(data, count):
    """Epochs as Keras reads them, which closes a pass before the first."""
    data.on_epoch_end()
    for _ in range(count):
        data.on_epoch_begin()
        yield [data[index] for index in range(data.num_batches)]
        data.on_epoch_end()


def mixture(x, mixed_x):
    """`(n, n)`: shares of the rows of a mini-batch in each of its mixtures."""
    shares = mixed_x[:, x.argmax(axis=1)]
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    return shares


@given(st.floats(0.05, 5), st.integers(0, 2**40), st.integers(0, 3))
def test_a_row_is_mixed_with_one_other_of_its_mini_batch(alpha, seed, index):
    x, y = batches()[index]
    mixed_x, mixed_y = mixup(alpha=alpha, seed=seed)[index]
    shares = mixture(x, mixed_x)
    share = shares.diagonal().min()
    assert 0 <= share <= 1
    # share * identity + (1 - share) * permutation
    rest = shares - share * np.eye(len(x))
    np.testing.assert_allclose(rest.sum(axis=0), 1 - share, atol=1e-6)
    np.testing.assert_allclose(rest.max(axis=1), 1 - share, atol=1e-6)
    np.testing.assert_allclose(mixed_y, shares @ np.eye(3)[y], atol=1e-6)
    assert mixed_x.dtype == mixed_y.dtype == np.float32


def test_pure_function_of_seed_epoch_and_batch():
    first, second, other = (
        list(epochs(mixup(seed=seed), 2)) for seed in (0, 0, 1)
    )
    for one, two in zip(first, second, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a[0], b[0])
            np.testing.assert_array_equal(a[1], b[1])
    # A later start reads what the second epoch was.
    late = mixup(batches(initial_epoch=1))
    for a, b in zip(next(epochs(late, 1)), first[1], strict=True):
        np.testing.assert_array_equal(a[0], b[0])
    # Epochs, mini-batches and seeds differ: in their rows, and in lambda.
    plain = list(epochs(batches(), 2))
    found = {
        round(float(mixture(x, mixed_x).diagonal().min()), 5)
        for run in (first, other)
        for rows, mixed in zip(plain, run, strict=True)
        for (x, _), (mixed_x, _) in zip(rows, mixed, strict=True)
    }
    assert len(found) == 2 * 2 * len(plain[0])


def test_shares_follow_the_beta_distribution():
    plain = batches(batch_size=ROWS)
    x = plain[0][0]
    mixed = (mixup(plain, alpha=0.5, seed=seed)[0][0] for seed in range(400))
    shares = np.array([mixture(x, rows).diagonal().min() for rows in mixed])
    # Mean 1/2 and variance 1 / (4 (2 alpha + 1)), within four errors.
    assert abs(shares.mean() - 0.5) < 4 * np.sqrt(1 / 8 / 400)
    assert abs(shares.var() - 1 / 8) < 0.02


def test_an_endless_stream_is_mixed_on_and_on():
    data = mixup(batches(repeat=True))
    assert data.num_batches is None
    x, mixed = batches(repeat=True)[40][0], data[40][0]
    assert mixture(x, mixed).shape == (6, 6)
    # Resumed at mini-batch 40, it goes on as it would have.
    later = batches(repeat=True)
    later.first_batch = 40
    np.testing.assert_array_equal(mixup(later)[0][0], mixed)


def test_labels_in_any_layout_and_inputs_in_any_structure():
    x, y = ARRAYS
    expected = mixup()[0]
    for labels in (y[:, None], np.eye(CLASSES)[y], y.astype("float32")):
        np.testing.assert_allclose(
            mixup(batches((x, labels)))[0][1], expected[1], rtol=1e-6
        )
    nested = mixup(batches(({"a": x, "b": 2 * x}, y)))[0][0]
    np.testing.assert_array_equal(nested["a"], expected[0])
    np.testing.assert_array_equal(nested["b"], 2 * expected[0])


def test_fit_learns_from_soft_labels_in_the_order_of_the_plain_batches():
    x, y = three_classes()
    model = classifier()
    model.compile(
        keras.optimizers.SGD(0.2),
        keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    data = mixup(batches((x, y), 20), alpha=0.2)
    model.fit(data, epochs=4, shuffle=False, verbose=0)
    assert data.batches.epoch == 3
    predicted = model.predict(x, verbose=0).argmax(axis=1)
    assert (predicted == y).mean() > 0.9


@pytest.mark.parametrize(
    "make",
    [
        lambda: mixup(alpha=0),
        lambda: mixup(seed=-1),
        lambda: mixup(keras.utils.PyDataset()),
        lambda: Mixup(batches(), num_classes=2),  # there are three
        lambda: Mixup(batches(), num_classes=1),
        lambda: mixup(batches((*ARRAYS, np.ones(ROWS)))),  # sample weights
        lambda: mixup(batches((np.eye(ROWS, dtype=int), ARRAYS[1]))),
        lambda: mixup(batches((ARRAYS[0], np.linspace(0, 2, ROWS)))),
        lambda: mixup(batches((ARRAYS[0], np.eye(4)[ARRAYS[1]]))),
    ],
)
def test_bad_arguments_are_refused(make):
    with pytest.raises(ValueError, match=BAD_INPUT):
        make()
