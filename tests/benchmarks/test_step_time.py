"""The benchmark of a step runs, and its ratios are ratios."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import step_time


def test_a_short_run_times_every_variant(tmp_path, capsys):
    out = tmp_path / "times.json"
    step_time.main(["--rows", "16", "--repeats", "2", "--out", str(out)])
    result = json.loads(out.read_text())
    names = [variant["name"] for variant in result["variants"]]
    assert names[0] == step_time.PLAIN
    rows = [variant["rows"] for variant in result["variants"]]
    assert rows == [16, 32, 32, 16, 16, 16, 16]
    assert np.shape(result["seconds"]) == (2, len(names))
    assert np.min(result["seconds"]) > 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in names)


def test_the_variants_pass_the_rows_that_they_name():
    for variant in step_time.make_variants(8):
        seen = []

        def record(x, *, call=variant.model.call, seen=seen, **options):
            seen.append(x.shape[0])
            return call(x, **options)

        variant.model.call = record
        variant.model.run_eagerly = True
        variant.model.fit(**variant.data, verbose=0)
        assert seen[-step_time.STEPS :] == [variant.rows] * step_time.STEPS


def test_a_ratio_compares_steps_of_the_same_repeat():
    variants = [SimpleNamespace(name=name, rows=4) for name in "ab"]
    # The machine slows down, the ratio does not.
    plain = np.array([1.0, 2.0, 4.0, 8.0])
    seconds = np.stack([plain, 3 * plain], axis=1)
    first, second = step_time.summarise(variants, seconds, resamples=50)
    assert first.step_ms == pytest.approx(3000)
    assert (first.ratio, first.low, first.high) == (1, 1, 1)
    assert (second.ratio, second.low, second.high) == (3, 3, 3)


def test_the_interval_covers_what_the_repeats_scatter_around():
    rng = np.random.default_rng(0)
    ratio = 2 + 0.1 * rng.standard_normal(40)
    seconds = np.stack([np.ones(40), ratio], axis=1)
    variants = [SimpleNamespace(name=name, rows=4) for name in "ab"]
    _, time = step_time.summarise(variants, seconds)
    assert 1.9 < time.low < time.ratio < time.high < 2.1
