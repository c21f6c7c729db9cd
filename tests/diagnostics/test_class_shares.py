"""Shares of the classes in the alignment and in its gradient."""

import numpy as np
import pytest

from keras_itra.diagnostics import class_shares
from keras_itra.discrepancies import conditional_mmd, mmd
from tests.gradients import value_and_gradients


def draw(sizes=(12, 3, 5), seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    h1, h2 = rng.normal(size=(2, len(labels), 4)) + labels[:, None]
    return h1, labels, h2, rng.permutation(labels)


@pytest.mark.parametrize("rooted", [True, False])
def test_terms_and_shares(rooted):
    h1, y1, h2, y2 = draw()
    found = class_shares(h1, y1, h2, y2, rooted=rooted)
    terms = [
        float(mmd(h1[y1 == k], h2[y2 == k], rooted=rooted)) / 3
        for k in range(3)
    ]
    np.testing.assert_allclose(found.terms, terms, rtol=1e-5)
    np.testing.assert_allclose(
        found.value_shares, np.divide(terms, np.sum(terms)), rtol=1e-5
    )
    _, *gradients = value_and_gradients(
        lambda a, b: conditional_mmd(
            a, y1, b, y2, num_classes=3, rooted=rooted
        ),
        *(h.astype("float32") for h in (h1, h2)),
    )
    squares = np.square(np.concatenate(gradients)).sum(axis=1)
    labels = np.concatenate([y1, y2])
    own = [squares[labels == k].sum() for k in range(3)]
    np.testing.assert_allclose(
        found.gradient_shares, np.divide(own, squares.sum()), rtol=1e-4
    )
    assert found.rows_1.tolist() == found.rows_2.tolist() == [12, 3, 5]


def test_a_rare_class_dominates():
    h1, y1, h2, y2 = draw((40, 2))
    found = class_shares(h1, y1, h2, y2)
    assert found.value_shares[1] > 0.6
    assert found.gradient_shares[1] > 0.6


def test_missing_classes_have_no_part():
    h1, _, h2, _ = draw((2, 2))
    found = class_shares(h1, [0, 0, 1, 1], h2, [0, 0, 2, 2], num_classes=4)
    assert found.classes.tolist() == [0, 1, 2, 3]
    assert found.value_shares.tolist() == [1, 0, 0, 0]
    assert found.gradient_shares.tolist() == [1, 0, 0, 0]
    assert found.rows_2.tolist() == [2, 0, 2, 0]
    known = class_shares(h1, [0, 0, 1, 1], h2, [0, 0, 2, 2])
    assert known.classes.tolist() == [0, 1, 2]


def test_nothing_to_align_has_no_shares():
    found = class_shares(np.ones((2, 3)), [0, 1], np.ones((2, 3)), [0, 1])
    for shares in (found.terms, found.value_shares, found.gradient_shares):
        assert shares.tolist() == [0, 0]
