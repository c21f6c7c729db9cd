"""The study of the gradient's variance runs, and compares what it says."""

import functools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import gradient_variance
from benchmarks.gradient_variance_report import (
    BASELINE,
    METHODS,
    PAPER,
    Comparison,
    Measured,
    relative,
    report,
    variance,
)
from keras_itra import datasets, experiments
from keras_itra.diagnostics import step_gradients


@pytest.fixture
def tiny(monkeypatch):
    """Digits and a perceptron, without compiling."""
    splits = experiments.make_splits(
        datasets.load("digits"), train_size=40, validation_size=20
    )
    small = replace(gradient_variance.SHORT, network="mlp", batch_size=20)
    monkeypatch.setattr(gradient_variance, "SHORT", small)
    monkeypatch.setattr(gradient_variance, "load_splits", lambda *_: splits)
    monkeypatch.setattr(
        gradient_variance,
        "compiled_step_gradients",
        lambda model: functools.partial(step_gradients, model),
    )
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


# tf.data compiles whatever one asks for.
@pytest.mark.filterwarnings("ignore:Even though the `tf.config")
def test_a_short_run_writes_table_numbers_and_picture(tiny, tmp_path):
    gradient_variance.main(
        [
            *("--seeds", "1", "--epochs", "1", "--batches", "2"),
            *("--out", str(tmp_path)),
        ]
    )
    found = json.loads((tmp_path / "gradients.json").read_text())
    assert found["settings"]["stages"] == [0, 1]
    assert found["settings"]["protocol"]["network"] == "mlp"
    measured = [Measured(**one) for one in found["measured"]]
    assert len(measured) == 3 * 2 * 3
    # All trainings start from the same weights.
    start = [m for m in measured if m.epoch == 0]
    by_step = {
        step: {m.variance for m in start if m.step == step} for step in METHODS
    }
    assert all(len(values) == 1 for values in by_step.values())
    assert len(set.union(*by_step.values())) == 3
    for one in measured:
        assert one.variance > 0
        assert one.variance == pytest.approx(
            sum(layer["variance"] for layer in one.layers.values())
        )
    text = (tmp_path / "table.md").read_text()
    assert text == report(found["settings"], measured)
    assert "| all | 0 | itra-c |" in text
    assert "| itra-c | 1 | sgd-2m |" in text
    assert "nan" not in text
    assert (tmp_path / "gradients.png").stat().st_size > 10_000


def measured(seed, step, variance, squared_mean):
    return Measured(
        *(seed, BASELINE, 0, step, variance, squared_mean),
        cosine=variance,
        held_out_cosine=0.0,
        layers={},
    )


def test_ratios_are_geometric_and_paired():
    logs = [0.1, 0.2, 0.6]
    sizes = [1.0, 100.0, 1e4]  # of no account: seeds are pairs
    every = [measured(i, BASELINE, s, 1.0) for i, s in enumerate(sizes)]
    every += [
        measured(i, PAPER, s * math.exp(log), 1.0)
        for i, (s, log) in enumerate(zip(sizes, logs, strict=True))
    ]
    pairs = Comparison(every, 0, (BASELINE, PAPER), (BASELINE, BASELINE))
    found = pairs.ratio(variance)
    assert found.mean == pytest.approx(math.exp(0.3))
    half = 4.302653 * np.std(logs, ddof=1) / 3**0.5
    assert found.low == pytest.approx(math.exp(0.3 - half))
    assert found.high == pytest.approx(math.exp(0.3 + half))


def test_a_mean_that_vanished_leaves_the_ratio_undefined():
    every = [
        measured(seed, step, 1.0, -1.0 if step == PAPER else 1.0)
        for seed in range(2)
        for step in (BASELINE, PAPER)
    ]
    pairs = Comparison(every, 0, (BASELINE, PAPER), (BASELINE, BASELINE))
    assert math.isnan(pairs.ratio(relative).mean)
    assert pairs.cells()[:2] == ["1.00 [1.00, 1.00]", "undefined"]


def test_stages():
    assert gradient_variance.stages(40) == (0, 5, 20, 40)
    assert gradient_variance.stages(1) == (0, 1)
