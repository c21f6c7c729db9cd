"""The benchmark of the discrepancy runs, and computes what it says."""

import json

import numpy as np
import pytest

from benchmarks import discrepancy, discrepancy_forms, discrepancy_peers
from benchmarks.discrepancy_bounds import bounds_of
from benchmarks.discrepancy_forms import (
    BALANCED,
    BROADCAST,
    GEMMS,
    MARGINAL,
    UNBALANCED,
    Form,
)
from benchmarks.discrepancy_report import (
    Growth,
    Measured,
    summarise,
)
from benchmarks.peak_memory import in_fresh_process
from keras_itra.kernels import FixedBandwidth, Gaussian
from keras_itra.losses import ITRAAlignment

pytestmark = pytest.mark.tensorflow


def test_a_short_run_times_every_form(tmp_path):
    discrepancy.main(
        f"--sizes 16:4:2 --memory --classes 1 2 --out {tmp_path}".split()
    )
    result = json.loads((tmp_path / "discrepancy.json").read_text())
    (size,) = result["sizes"]
    methods = {time["form"]["method"] for time in size["times"]}
    ours = {GEMMS, MARGINAL, UNBALANCED, BALANCED, BROADCAST}
    present = {p for p, reason in result["missing"].items() if reason is None}
    assert methods == ours | present
    assert np.min(size["seconds"]) > 0
    assert "host" not in json.dumps(result)
    page = (tmp_path / "discrepancy.md").read_text()
    for peer, reason in result["missing"].items():
        assert f"Not measured: {peer}" in page or reason is None
    assert (tmp_path / "discrepancy.png").stat().st_size > 10_000


def test_the_broadcast_form_is_the_marginal_one():
    z = discrepancy.features_of(24, 3)
    loss = ITRAAlignment(mode="marginal")
    expected = loss(np.zeros(24), z)
    found = discrepancy_forms.broadcast_mmd(z)
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("classes", [1, 10, 1000])
def test_labels_are_shared_by_pairs_and_as_even_as_said(classes):
    for method in (BALANCED, UNBALANCED):
        labels = discrepancy_forms.labels_of(Form(method, classes), 8000)
        assert (labels[0::2] == labels[1::2]).all()
        counts = np.bincount(labels, minlength=classes)
        assert (counts > 0).all()
        if method == BALANCED:
            assert np.ptp(counts) == 0
        else:
            assert counts[0] >= 4000


def test_forms_that_do_not_fit_are_left_out():
    assert Form(BROADCAST).fits(512, 512)
    assert not Form(BROADCAST).fits(1024, 512)
    assert not Form(discrepancy_peers.GEOMLOSS).fits(16384, 64)
    assert not Form(BALANCED, 100).fits(128, 64)
    assert Form(MARGINAL).fits(16384, 2048)


def test_the_memory_of_a_broadcast_form_is_that_of_its_differences():
    rows, width = 256, 256  # differences of 64 MB
    job = {"form": {"method": BROADCAST}, "rows": rows, "width": width}
    growth = in_fresh_process("benchmarks.discrepancy_memory", job)
    assert 64 < growth < 1000


def test_a_failing_process_says_why():
    with pytest.raises(RuntimeError, match="No such file") as caught:
        in_fresh_process("json.tool", {"rows": 1})
    assert "Expected json.tool to finish. Received: job=" in str(caught.value)


def test_the_value_of_geomloss_is_half_the_squared_mmd():
    pytest.importorskip("geomloss")
    torch = pytest.importorskip("torch")
    from geomloss import SamplesLoss

    z = discrepancy.features_of(24, 3)
    kernel = Gaussian(FixedBandwidth(2 * 1.5**2), multipliers=(1.0,))
    loss = ITRAAlignment(mode="marginal", kernel=kernel, rooted=False)
    expected = float(loss(np.zeros(24), z))
    peer = SamplesLoss("gaussian", blur=1.5, backend="tensorized")
    x, y = torch.tensor(z[0::2]), torch.tensor(z[1::2])
    assert 2 * float(peer(x, y)) == pytest.approx(expected, rel=1e-4)


def test_a_peer_that_cannot_be_imported_is_named(monkeypatch):
    def missing(features):
        raise ImportError("needs a package\nand more")

    peers = {"other": missing}
    monkeypatch.setattr(discrepancy_peers, "PEERS", peers)
    assert discrepancy_peers.why_missing("other") == "needs a package"


def test_limits_hold_or_fail():
    forms = [
        Form(GEMMS),
        Form(MARGINAL),
        Form(MARGINAL, xla=True),
        Form(UNBALANCED, 1),
        Form(UNBALANCED, 1000),
        Form(UNBALANCED, 100),
        Form(BALANCED, 100),
    ]
    seconds = np.tile([1.0, 1.5, 1.5, 1.5, 1.6, 2.0, 0.5], (5, 1))
    size = Measured(4096, 512, summarise(forms, seconds), seconds.tolist())
    memory = [Growth(Form(MARGINAL), 16384, 512, megabytes=900.0)]
    bounds = bounds_of([size], memory)
    assert [bound.holds for bound in bounds] == [
        True,  # marginal, 1.8
        False,  # marginal with XLA, 1.3
        True,  # K = 1
        True,  # K = 1000
        False,  # K = 100
        True,  # 1000 against 1
        False,  # balanced against unbalanced
        False,  # memory
    ]
    elsewhere = Measured(1024, 512, size.times, size.seconds)
    assert bounds_of([elsewhere], []) == []


@pytest.mark.parametrize("text", ["", "4096", "4096:a:3"])
def test_sizes_are_checked(text):
    with pytest.raises(ValueError, match=r"Expected 3 .*Received: size="):
        discrepancy.sizes(text, 3)
