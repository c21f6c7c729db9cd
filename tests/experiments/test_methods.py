"""What each method changes about plain training."""

from dataclasses import replace

import pytest

from keras_itra import experiments, losses
from keras_itra.experiments import rivals

NAMES = [
    "sgd",
    "weight-decay",
    "label-smoothing",
    "center",
    "sgd-2m",
    "spread",
    "itra",
    "itra-c",
    "itra-c-auto",
    "itra-c-split",
    "itra-c-queue",
    "itra-c-queue-256",
    "itra-c-queue-512",
    "itra-c-queue-1024",
    "itra-c-constant",
    "spread-queue",
    "spread-queue-512",
    "sgd-2x",
    "dropout",
    "mixup",
    "supcon",
    "opl",
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
        ("sgd-2x", {"passes": 2}),
        ("dropout", {"dropout": 0.3}),
        ("mixup", {"mixup": 0.3}),
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
        ("itra-c-constant", losses.ITRAAlignment, "independent", "first"),
        ("spread-queue", losses.WithinClassSpread, "queue", "first"),
        ("opl", rivals.OrthogonalProjection, "none", "first"),
    ],
)
def test_methods_with_an_alignment(name, kind, pairing, supervise):
    recipe = experiments.get(name).recipe(0.3)
    assert recipe.alignment_weight == 0.3
    assert (recipe.pairing, recipe.supervise) == (pairing, supervise)
    assert isinstance(recipe.alignment(10, 64), kind)
    assert recipe.weight_decay == recipe.label_smoothing == 0.0


def test_a_method_that_chooses_its_weight_in_each_training():
    method = experiments.get("itra-c-auto")
    assert not method.grid
    assert method.recipe(0.0).alignment_weight == "auto"


def test_queues_of_other_sizes():
    for name, rows in (
        ("itra-c-queue", 256),
        ("itra-c-queue", 512),
        ("itra-c-queue", 1024),
        ("spread-queue", 512),
    ):
        default = experiments.get(name).recipe(1.0)
        assert default.memory_size == 128
        recipe = experiments.get(f"{name}-{rows}").recipe(1.0)
        assert recipe == replace(default, memory_size=rows)


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


def test_supcon_trains_the_features_and_cross_entropy_the_linear_layer():
    recipe = experiments.get("supcon").recipe(0.2)
    loss = recipe.alignment(10, 64).loss
    assert recipe.frozen
    assert recipe.alignment_weight == 1.0
    assert loss.temperature == 0.2


def test_a_fixed_strength_shares_the_runs_of_its_method():
    method = experiments.get("itra-c@0.4")
    assert method.name == "itra-c@0.4"
    assert method.run_name == "itra-c"
    assert method.grid == (0.4,)
    both = experiments.get("itra-c@0.4+weight-decay")
    assert both.run_name == "itra-c+weight-decay"
    assert both.base == "weight-decay"


def test_ablations_change_one_choice_each():
    ours = experiments.get("itra-c").recipe(1.0)
    config = ours.alignment(10, 64).get_config()
    for name in experiments.ABLATIONS:
        recipe = experiments.get(name).recipe(1.0)
        theirs = recipe.alignment(10, 64)
        fields = [
            field
            for field in ("pairing", "supervise", "sampling", "forward")
            if getattr(recipe, field) != getattr(ours, field)
        ]
        same_loss = type(theirs) is losses.ITRAAlignment and (
            theirs.get_config() == config
        )
        assert len(fields) == int(same_loss), name


@pytest.mark.parametrize(
    "name",
    [
        "sgd@1",
        "itra-c@",
        "itra-c@-1",
        "itra-c@x",
        "adam",
        "",
        "weight-decay+weight-decay",
        "itra-c+wd",
    ],
)
def test_unknown_methods(name):
    with pytest.raises(ValueError, match=r"Expected one of the methods sgd"):
        experiments.get(name)
