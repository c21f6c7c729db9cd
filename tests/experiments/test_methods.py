"""What each method changes about plain training."""

import pytest

from keras_itra import experiments, losses

NAMES = [
    "sgd",
    "weight-decay",
    "label-smoothing",
    "center",
    "sgd-2m",
    "spread",
    "itra",
    "itra-c",
    "itra-c-split",
    "itra-c-queue",
]


def test_the_registry():
    assert list(experiments.METHODS) == NAMES
    assert all(n == m.name for n, m in experiments.METHODS.items())


def test_the_baseline_changes_nothing():
    assert experiments.get("sgd").recipe(0.0) == experiments.Recipe()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("weight-decay", {"weight_decay": 0.3}),
        ("label-smoothing", {"label_smoothing": 0.3}),
        ("sgd-2m", {"pairing": "independent"}),
    ],
)
def test_methods_without_an_alignment(name, changed):
    assert experiments.get(name).recipe(0.3) == experiments.Recipe(**changed)


@pytest.mark.parametrize(
    ("name", "kind", "pairing", "supervise"),
    [
        ("center", losses.CenterLoss, "none", "first"),
        ("spread", losses.WithinClassSpread, "none", "first"),
        ("itra", losses.ITRAAlignment, "independent", "first"),
        ("itra-c", losses.ITRAAlignment, "independent", "first"),
        ("itra-c-split", losses.ITRAAlignment, "split", "both"),
        ("itra-c-queue", losses.ITRAAlignment, "queue", "first"),
    ],
)
def test_methods_with_an_alignment(name, kind, pairing, supervise):
    recipe = experiments.get(name).recipe(0.3)
    assert recipe.alignment_weight == 0.3
    assert (recipe.pairing, recipe.supervise) == (pairing, supervise)
    assert isinstance(recipe.alignment(10, 64), kind)
    assert recipe.weight_decay == recipe.label_smoothing == 0.0


def test_itra_is_marginal_and_itra_c_conditional():
    modes = {
        name: experiments.get(name).recipe(1.0).alignment(10, 64).mode
        for name in NAMES
        if name.startswith("itra")
    }
    assert modes.pop("itra") == "marginal"
    assert set(modes.values()) == {"conditional"}


def test_a_method_on_top_of_weight_decay_keeps_its_own_strength():
    method = experiments.get("itra-c+weight-decay")
    assert method.base == "weight-decay"
    assert method.grid == experiments.get("itra-c").grid
    recipe = experiments.Run(method.name, 0, 0.6, weight_decay=0.01).recipe
    assert recipe.weight_decay == 0.01
    assert recipe.alignment_weight == 0.6


@pytest.mark.parametrize(
    "name", ["adam", "", "weight-decay+weight-decay", "itra-c+wd"]
)
def test_unknown_methods(name):
    with pytest.raises(ValueError, match=r"Expected one of the methods sgd"):
        experiments.get(name)
