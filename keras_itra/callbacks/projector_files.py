"""Files that TensorBoard's embedding projector reads."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_itra._optional import require_module
from keras_itra.validation import require

CONFIG = "projector_config.pbtxt"
METADATA = "metadata.tsv"
SPRITE = "sprite.png"
#: Pixels; TensorBoard shows no larger one.
LARGEST_SPRITE = 8192


def write_rows(path: Path, rows: np.ndarray) -> None:
    """Write `(n, d)` numbers, one row per line, in float32's precision."""
    np.savetxt(path, rows, fmt="%.9g", delimiter="\t")


def write_metadata(path: Path, names: Sequence[str]) -> None:
    """Write the class of every row; one column has no header.

    Raises:
        ValueError: For names that do not fit into one cell.
    """
    bad = [n for n in set(names) if not n.strip() or set(n) & set("\t\r\n")]
    require(not bad, "names of one line, without tabs", names=bad[:3])
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def write_config(
    log_dir: Path, tensors: Sequence[str], image: tuple[int, int] | None
) -> None:
    """Name the tensors, newest first, to the projector.

    Args:
        log_dir: Directory of all files.
        tensors: Names of the files of rows.
        image: Height and width of the small images in the sprite, or None.
    """
    sprite = ""
    if image is not None:
        sprite = f'  sprite {{\n    image_path: "{SPRITE}"\n' + "".join(
            # First the width.
            f"    single_image_dim: {size}\n"
            for size in image[::-1]
        )
        sprite += "  }\n"
    blocks = [
        "embeddings {\n"
        f"  tensor_name: {json.dumps(Path(tensor).stem)}\n"
        f"  tensor_path: {json.dumps(tensor)}\n"
        f'  metadata_path: "{METADATA}"\n'
        f"{sprite}}}\n"
        for tensor in tensors
    ]
    (log_dir / CONFIG).write_text("".join(blocks), encoding="utf-8")


def sprite_of(images: np.ndarray) -> np.ndarray:
    """Small images in one square image, row by row.

    Args:
        images: `(n, height, width)`, or with 1, 3 or 4 channels; integers
            from 0 to 255 or floats from 0 to 1.

    Returns:
        uint8, `(side * height, side * width[, channels])`, side the root of
        n, rounded up.

    Raises:
        ValueError: For other shapes and values, and images that are too many
            for the projector.
    """
    images = np.asarray(images)
    require(
        images.ndim == 3 or (images.ndim == 4 and images.shape[3] in (1, 3, 4)),
        "`images` of shape (n, height, width) or with 1, 3 or 4 channels",
        shape=images.shape,
    )
    n, height, width = images.shape[:3]
    side = math.ceil(math.sqrt(n))
    require(
        n > 0 and side * max(height, width) <= LARGEST_SPRITE,
        f"images that fit into a sprite of {LARGEST_SPRITE} pixels",
        images=n,
        height=height,
        width=width,
    )
    largest = 1 if np.issubdtype(images.dtype, np.floating) else 255
    low, high = float(images.min()), float(images.max())
    require(
        low >= 0 and high <= largest,
        "`images` from 0 to 255, or from 0 to 1 as floats",
        smallest=low,
        largest=high,
    )
    pixels = np.round(images * (255 // largest)).astype("uint8")
    if pixels.ndim == 4 and pixels.shape[3] == 1:
        pixels = pixels[..., 0]
    empty = np.zeros((side * side - n, *pixels.shape[1:]), "uint8")
    tiles = np.concatenate([pixels, empty])
    tiles = tiles.reshape(side, side, *pixels.shape[1:]).swapaxes(1, 2)
    return tiles.reshape(side * height, side * width, *pixels.shape[3:])


def write_sprite(path: Path, images: np.ndarray) -> None:
    """Write `sprite_of(images)` as PNG.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: As `sprite_of`.
    """
    image = require_module("PIL.Image", extra="data")
    image.fromarray(sprite_of(images)).save(path)
