"""How many runs a plan has, and plans that make no sense."""

import pytest

from keras_itra.experiments import Plan, get
from keras_itra.models.weight_search import WEIGHTS


def plan(*names, **options):
    return Plan([get(name) for name in names], **options)


def test_runs_are_counted_once():
    # sgd 3; five strengths with two seeds, and the third seed of the chosen
    assert plan("sgd", "weight-decay", seeds=3).num_runs == 3 + 5 * 2 + 1


def test_twice_the_epochs_count_twice():
    assert plan("sgd", "sgd-2x", seeds=3).num_passes == 3 + 2 * 3


def test_a_run_that_chooses_its_weight_trains_once_for_each():
    tried = 1 + len(WEIGHTS)
    assert plan("sgd", "itra-c-auto", seeds=3).num_passes == 3 + 3 * tried


def test_tuning_never_needs_more_seeds_than_there_are():
    few = plan("sgd", "weight-decay", seeds=1, tuning_seeds=2)
    assert few.tuned_with == range(1)
    assert few.num_runs == 1 + 5


def test_given_strengths_replace_the_grid():
    ours = plan("sgd", "center", grids={"center": [0.3, 0.1, 0.3]})
    assert ours.grid(get("center")) == [0.1, 0.3]
    assert ours.grid(get("sgd")) == []


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["itra"], {}, "the baseline 'sgd' among the methods"),
        (["sgd", "sgd"], {}, "each method once"),
        (["sgd", "itra+weight-decay"], {}, "'weight-decay' among the methods"),
        (["sgd"], {"seeds": 0}, "seeds=0"),
        (["sgd"], {"tuning_seeds": 0}, "tuning_seeds=0"),
        (["sgd"], {"chosen_by": "accuracy"}, "chosen_by='accuracy'"),
        (["sgd"], {"grids": {"sgd": [1.0]}}, "method='sgd'"),
        (["sgd"], {"grids": {"itra": [1.0]}}, "method='itra'"),
        (["sgd", "itra"], {"grids": {"itra": []}}, "strengths of 'itra'"),
        (["sgd", "itra"], {"grids": {"itra": [-1.0]}}, "strength=-1.0"),
        (["sgd", "itra"], {"grids": {"itra": [float("nan")]}}, "strength=nan"),
    ],
)
def test_plans_that_make_no_sense(names, options, message):
    with pytest.raises(ValueError, match=message):
        plan(*names, **options)
