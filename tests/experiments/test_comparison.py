"""The choice of strengths, and going on after an interruption."""

import dataclasses
import math

import pytest

from keras_itra.experiments import Plan, Run, choose, compare, comparison, get


class Trainer:
    """Stands in for `train` where only the order of the runs matters."""

    def __init__(self, trained, validation, test=lambda run: 1.0):
        self.trained, self.validation, self.test = trained, validation, test
        self.runs = []

    def __call__(self, run, protocol, splits, on_epoch):
        self.runs.append(run)
        return self.trained(self.validation(run), self.test(run))


@pytest.fixture
def compare_with(monkeypatch, protocol, splits, store, progress):
    def run(train, *names, **options):
        monkeypatch.setattr(comparison, "train", train)
        plan = Plan([get(name) for name in names], **options)
        return compare(plan, protocol, splits, store, progress)

    return run


def test_choose_the_least_mean():
    assert choose({0.1: [1.0, 3.0], 0.2: [1.5, 1.5], 0.3: [0.5, 9.0]}) == 0.2


def test_choose_the_first_of_equals():
    assert choose({0.3: [1.0], 0.1: [1.0]}) == 0.3


def test_a_strength_that_diverged_once_is_not_chosen():
    assert choose({0.1: [0.1, math.nan], 0.2: [5.0, 5.0]}) == 0.2
    with pytest.raises(ValueError, match=r"diverge.*strengths=\[0.1\]"):
        choose({0.1: [math.nan]})


def test_the_chosen_strength_runs_with_every_seed(compare_with, trained):
    train = Trainer(trained, lambda run: abs((run.strength or 0) - 0.01))
    _, decay = compare_with(
        train, "sgd", "weight-decay", seeds=3, tuning_seeds=2
    )
    assert decay.strength == 0.01
    assert [run.seed for run in decay.runs] == [0, 1, 2]
    assert {run.strength for run in decay.runs} == {0.01}
    third = [run.strength for run in train.runs if run.seed == 2]
    assert third == [None, 0.01]
    assert len(train.runs) == len(set(train.runs)) == 3 + 5 * 2 + 1


@pytest.mark.parametrize(
    ("chosen_by", "strength"),
    [("cross_entropy", 0.1), ("calibrated_cross_entropy", 0.3)],
)
def test_the_plan_says_what_decides(compare_with, trained, chosen_by, strength):
    # After temperature scaling the opposite is better.
    train = Trainer(trained, lambda run: run.strength or 0)
    grids = {"weight-decay": [0.1, 0.2, 0.3]}
    _, decay = compare_with(
        train, "sgd", "weight-decay", grids=grids, chosen_by=chosen_by
    )
    assert decay.strength == strength


def test_seeds_beyond_tuning_have_no_say(compare_with, trained):
    train = Trainer(
        trained,
        lambda run: (run.strength or 0) if run.seed < 1 else -run.strength,
    )
    _, decay = compare_with(
        train,
        "sgd",
        "weight-decay",
        seeds=1,
        tuning_seeds=1,
        grids={"weight-decay": [0.1, 0.2]},
    )
    assert decay.strength == 0.1


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_test_set_has_no_say(compare_with, trained, sign):
    train = Trainer(
        trained,
        validation=lambda run: abs((run.strength or 0) - 0.1),
        test=lambda run: sign * (run.strength or 0),
    )
    _, smoothing = compare_with(train, "sgd", "label-smoothing", seeds=2)
    assert smoothing.strength == 0.1


def test_a_method_on_top_runs_on_the_chosen_weight_decay(compare_with, trained):
    train = Trainer(trained, lambda run: abs((run.strength or 0) - 0.03))
    outcomes = compare_with(
        train, "sgd", "itra-c+weight-decay", "weight-decay", seeds=2
    )
    assert [outcome.method.name for outcome in outcomes] == [
        "sgd",
        "itra-c+weight-decay",
        "weight-decay",
    ]
    assert outcomes[1].weight_decay == outcomes[2].strength == 0.03
    assert outcomes[1].strength == 0.3
    assert {run.weight_decay for run in outcomes[1].runs} == {0.03}


def test_an_interrupted_comparison_goes_on(compare_with, trained):
    names = ("sgd", "weight-decay")
    validation = {None: 1.0, 0.001: 0.9, 0.003: 0.8, 0.01: 0.7}
    value = lambda run: validation.get(run.strength, 2.0)  # noqa: E731
    whole = Trainer(trained, value)

    def interrupted(run, *rest):
        if len(whole.runs) == 7:
            raise KeyboardInterrupt
        return whole(run, *rest)

    with pytest.raises(KeyboardInterrupt):
        compare_with(interrupted, *names, seeds=3)
    rest = Trainer(trained, value)
    outcomes = compare_with(rest, *names, seeds=3)
    assert len(rest.runs) == 3 + 5 * 2 + 1 - 7
    assert not set(rest.runs) & set(whole.runs)
    assert outcomes[1].strength == 0.01
    again = Trainer(trained, value)
    assert compare_with(again, *names, seeds=3) == outcomes
    assert again.runs == []


def test_a_run_cut_short_is_run_again(compare_with, trained, store):
    value = lambda run: 1.0  # noqa: E731
    compare_with(Trainer(trained, value), "sgd", seeds=3)
    (store.directory / "runs" / "sgd-seed1.json").write_text('{"run": {')
    again = Trainer(trained, value)
    compare_with(again, "sgd", seeds=3)
    assert again.runs == [Run("sgd", 1)]


def test_more_seeds_and_methods_keep_what_is_there(compare_with, trained):
    value = lambda run: 1.0  # noqa: E731
    compare_with(Trainer(trained, value), "sgd", seeds=2)
    more = Trainer(trained, value)
    compare_with(more, "sgd", "sgd-2m", seeds=3)
    assert more.runs == [Run("sgd", 2)] + [Run("sgd-2m", s) for s in range(3)]


@pytest.mark.parametrize(
    ("names", "changes", "message"),
    [
        (("sgd", "itra-c-split"), {"batch_size": 15}, "batch_size=15"),
        (("sgd", "itra-c-auto"), {}, "at least 100 validation rows"),
        (("sgd", "itra-c"), {"batch_size": 100}, "batch_size=100, rows=100"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_all_trainings(
    names, changes, message, protocol, splits, store, progress, monkeypatch
):
    train = pytest.fail
    monkeypatch.setattr(comparison, "train", train)
    plan = Plan([get(name) for name in names])
    protocol = dataclasses.replace(protocol, **changes)
    with pytest.raises(ValueError, match=message):
        compare(plan, protocol, splits, store, progress)


def test_a_run_without_its_features_is_run_again(compare_with, trained, store):
    train = Trainer(trained, lambda run: 1.0)
    compare_with(train, "sgd", seeds=2)
    path = store.directory / "runs" / "sgd-seed0.npz"
    path.write_bytes(path.read_bytes()[:-30])
    compare_with(train, "sgd", seeds=2)
    path.unlink()
    compare_with(train, "sgd", seeds=2)
    assert [run.seed for run in train.runs] == [0, 1, 0, 0]
    assert len(store.features(train.runs[0])[0]) == 20
