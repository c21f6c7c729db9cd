"""The benchmark of a step runs, and its ratios are ratios."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import step_cases, step_report, step_time, step_variants
from benchmarks.networks import networks
from benchmarks.peak_memory import in_fresh_process

pytestmark = pytest.mark.tensorflow
SMALL = {"resnet_width": 4, "text_width": 64, "text_depth": 1}


def test_a_short_run_times_its_variants(tmp_path, capsys, monkeypatch):
    kept = (step_variants.PLAIN, step_variants.QUEUE)
    options = {name: step_variants.OPTIONS[name] for name in kept}
    monkeypatch.setattr(step_time, "OPTIONS", options)
    step_time.main(
        ["--cases", "cnn:16:10:2", "--memory", "--out", str(tmp_path)]
    )
    result = json.loads((tmp_path / "step_time.json").read_text())
    (case,) = result["cases"]
    names = [time["name"] for time in case["times"]]
    assert names == list(kept)
    assert np.shape(case["seconds"]) == (2, len(names))
    assert np.min(case["seconds"]) > 0
    assert result["bounds"] == []
    page = (tmp_path / "step_time.md").read_text()
    assert all(name in page for name in names)
    assert "small CNN, m = 16, K = 10, 2 repeats" in capsys.readouterr().out
    assert (tmp_path / "step_time.png").stat().st_size > 10_000


def test_the_variants_pass_the_rows_that_they_name():
    network, steps = networks()["cnn"], 3
    found = {}
    for name in step_variants.OPTIONS:
        variant = step_variants.make_variant(name, network, 8, 10, steps)
        seen = []

        def record(x, *, call=variant.model.call, seen=seen, **options):
            seen.append(x.shape[0])
            return call(x, **options)

        variant.model.call = record
        variant.model.run_eagerly = True
        variant.model.fit(**variant.data, verbose=0)
        assert seen[-steps:] == [variant.rows] * steps
        found[name] = variant.rows
    doubled = [name for name, rows in found.items() if rows == 16]
    assert doubled == ["plain fit, 2m rows", step_variants.INDEPENDENT]


@pytest.mark.parametrize("name", ["two-conv", "five-conv", "resnet18", "text"])
def test_the_features_of_a_network_are_found(name):
    network = networks(**SMALL)[name]
    variant = step_variants.make_variant(
        step_variants.SPLIT, network, m=4, classes=3, steps=1
    )
    x = network.inputs(np.random.default_rng(0), 4)
    outputs = variant.model(x, training=True)
    assert outputs["features"].shape[0] == 4
    assert outputs["logits"].shape == (2, 3)


def test_the_standard_sizes_are_those_of_the_papers():
    """11.17 million weights for ten classes; 110 with BERT's segments."""
    available = networks()
    assert available["resnet18"].build(10).count_params() == pytest.approx(
        11.17e6, rel=0.002
    )
    assert available["text"].build(10).count_params() == pytest.approx(
        110e6, rel=0.01
    )


def test_the_memory_of_a_variant_grows():
    case = {"network": "cnn", "rows": 64, "classes": 10}
    job = {"name": step_variants.PLAIN, "case": case, "sizes": {}}
    assert 10 < in_fresh_process("benchmarks.step_memory", job) < 2000


def test_a_ratio_compares_steps_of_the_same_repeat():
    variants = [SimpleNamespace(name=name, rows=4) for name in "ab"]
    # The machine slows down, the ratio does not.
    plain = np.array([1.0, 2.0, 4.0, 8.0])
    seconds = np.stack([plain, 3 * plain], axis=1)
    first, second = step_report.summarise(variants, seconds)
    assert second.milliseconds.value == pytest.approx(9000)
    ratios = [(r.value, r.low, r.high) for r in (first.ratio, second.ratio)]
    assert ratios == [(1, 1, 1), (3, 3, 3)]
    assert (first.added.value, second.added.value) == (0, pytest.approx(6000))


def test_limits_are_for_their_network_and_rows():
    names = [step_variants.PLAIN, step_variants.SPLIT, step_variants.QUEUE]
    variants = [SimpleNamespace(name=name, rows=128) for name in names]
    seconds = np.tile([1.0, 1.04, 1.04], (5, 1))
    times = step_report.summarise(variants, seconds)

    def holds(network, rows):
        case = step_report.Measured(network, network, rows, 10, times, [])
        return [bound.holds for bound in step_report.bounds_of([case])]

    assert holds("cnn", 128) == [True, True]
    assert holds("resnet18", 128) == [False, True]
    assert holds("cnn", 64) == holds("text", 128) == []


@pytest.mark.parametrize("text", ["cnn", "lstm:1:2", "cnn:1:x", "cnn:1:2:3:4"])
def test_cases_are_checked(text):
    with pytest.raises(ValueError, match=r"Expected .*Received: case="):
        step_cases.Case.parse(text)
