"""The benchmark of the Fourier form runs, and counts what is exchanged."""

import json

import numpy as np
import pytest

from benchmarks import fourier_bytes, fourier_error
from keras_itra.discrepancies import fourier_terms, group_statistics
from keras_itra.losses import FourierAlignment


def test_a_short_run_writes_table_numbers_and_picture(tmp_path):
    fourier_error.main(
        ["--seeds", "2", "--epochs", "1", "--out", str(tmp_path)]
    )
    errors = json.loads((tmp_path / "errors.json").read_text())
    assert len(errors) == 2 * 2 * 2 * len(fourier_error.DIMS)
    table = (tmp_path / "table.md").read_text()
    for dim in fourier_error.DIMS:
        assert f"| digits | rooted | {dim} |" in table
    coarse, fine = (
        np.mean([e["gradient"] for e in errors if e["dim"] == dim])
        for dim in (256, 4096)
    )
    assert fine < coarse / 2
    assert (tmp_path / "errors.png").stat().st_size > 10_000


@pytest.mark.parametrize(("width", "classes", "dim"), [(3, 4, 10), (7, 2, 64)])
def test_the_bytes_are_those_that_a_step_exchanges(
    width, classes, dim, monkeypatch
):
    sent = []

    def record(tensor):
        sent.append(int(np.prod(tensor.shape)))
        return tensor

    for module in (fourier_terms, group_statistics):
        monkeypatch.setattr(module, "sum_over_replicas", record)
    labels = np.arange(12) // 2 % classes
    rows = np.random.default_rng(0).normal(size=(12, width)).astype("float32")
    loss = FourierAlignment(width, dim, num_classes=classes)
    loss(labels, rows)
    assert len(sent) == 3
    assert sum(sent) == fourier_bytes.fourier_numbers(width, classes, dim)


def test_the_break_even_that_the_report_states():
    """rows * d > 2 K (D + d), up to the few numbers beside."""
    for replicas, _, width, classes, dim in fourier_bytes.SETTINGS:
        rows = 2 * classes * (dim + width) / width
        gathered = fourier_bytes.gathered_bytes(replicas, rows, width)
        fourier = fourier_bytes.fourier_bytes(replicas, width, classes, dim)
        assert gathered / fourier == pytest.approx(1, abs=0.01)


def test_some_setting_is_against_the_fourier_form():
    ratios = [
        fourier_bytes.gathered_bytes(n, rows, width)
        / fourier_bytes.fourier_bytes(n, width, classes, dim)
        for n, rows, width, classes, dim in fourier_bytes.SETTINGS
    ]
    assert min(ratios) < 1 < max(ratios)
