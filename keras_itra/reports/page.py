"""A page of sections and blocks, rendered to one HTML file."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from keras_itra._optional import require_module
from keras_itra.experiments.files import write_atomically
from keras_itra.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 144
"""Pixels of a picture per inch."""

_CSS_PIXELS = 96  # per inch


@dataclass(frozen=True)
class Number:
    """A measure with its value and how to read it.

    Attributes:
        name: Name of the measure.
        value: The number, as shown.
        meaning: One sentence.
    """

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Numbers:
    """Measures below each other, each with its explanation."""

    rows: Sequence[Number]
    kind: str = "numbers"


@dataclass(frozen=True)
class Grid:
    """A table whose first column names the rows.

    Attributes:
        caption: What it shows.
        head: Names of the columns.
        body: Rows of cells.
        text: Columns, besides the first, that hold text and not numbers.
        folded: Whether it is shown only when asked for.
    """

    caption: str
    head: Sequence[str]
    body: Sequence[Sequence[str]]
    text: Sequence[str] = ()
    folded: bool = False
    kind: str = "grid"


@dataclass(frozen=True)
class Shaded:
    """A square table of counts with a shade for the share of the row.

    Attributes:
        caption: What it shows.
        names: Of rows and columns.
        counts: K rows of K counts.
        shades: Of the same shape, from 0 to 1.
    """

    caption: str
    names: Sequence[str]
    counts: Sequence[Sequence[int]]
    shades: Sequence[Sequence[float]]
    kind: str = "shaded"


@dataclass(frozen=True)
class Settings:
    """Names and values."""

    values: Mapping[str, str]
    kind: str = "settings"


@dataclass(frozen=True)
class Picture:
    """An image inside the page.

    Attributes:
        title: What it shows, also for who cannot see it.
        caption: How to read it.
        png: The bytes of the image.
        width: Its width, in CSS pixels; None: that of the page.
    """

    title: str
    caption: str
    png: bytes
    width: int | None = None
    kind: str = "picture"

    @classmethod
    def of(cls, figure: Figure, title: str, caption: str) -> Picture:
        """Renders a figure."""
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        width = round(figure.get_figwidth() * _CSS_PIXELS)
        return cls(title, caption, buffer.getvalue(), width)

    @property
    def source(self) -> str:
        """The image as the address of itself."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    text: str
    kind: str = "note"


Block = Numbers | Grid | Shaded | Settings | Picture | Note


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: Sequence[Block]

    @property
    def anchor(self) -> str:
        """What a link names."""
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True)
class Page:
    """All of a report.

    Attributes:
        title: Its title.
        lead: One or two sentences below it.
        sections: In their order.
        highlights: Numbers that stand first.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    highlights: Sequence[Number] = field(default=())

    def to_html(self) -> str:
        """The page; it asks for nothing from outside itself.

        Raises:
            ImportError: If jinja2 is not installed.
        """
        jinja2: Any = require_module("jinja2", "reports")
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("keras_itra.reports"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        text: str = environment.get_template("page.html").render(
            page=self, version=__version__, keras=keras.__version__
        )
        return text

    def finish(self, out: str | Path | None) -> str:
        """Renders the page and writes it, if there is a place for it.

        Args:
            out: The file, or None; its folder is created.

        Returns:
            The page.
        """
        text = self.to_html()
        if out is not None:
            path = Path(out)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())
        return text
