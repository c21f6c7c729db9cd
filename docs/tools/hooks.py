"""What the site does differently from the files in the repository.

* Pages link to files outside `docs/` (examples, changelog, code), as readers
  of the repository expect. In the site each of them becomes a page that shows
  it: no address of a repository is needed.
* Mermaid diagrams become the pictures that `make diagrams` draws of them: a
  browser needs no script from elsewhere.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
from diagrams import DIAGRAM, picture_name

ROOT = Path(__file__).parents[2]
OUTSIDE = "repository"
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)

log = logging.getLogger(f"mkdocs.hooks.{__name__}")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for every file outside `docs/` that is linked to."""
    in_navigation = re.findall(rf"{OUTSIDE}/[^'\"]+", str(config.nav))
    wanted = [repository_path(uri) for uri in in_navigation]
    for file in files.documentation_pages():
        wanted += outside(repository_path(file.src_uri), file.content_string)
    while wanted:
        path = wanted.pop()
        if site_uri(path) not in files.src_uris:
            text = show(path)
            files.append(File.generated(config, site_uri(path), content=text))
            wanted += outside(path, text)
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Points links to the pages of the site, and diagrams to pictures."""
    here = page.file.src_uri
    path = repository_path(here)

    def pointed(link: re.Match[str]) -> str:
        linked = resolve(path, link[1])
        if linked is None:
            return link[0]
        return relative(site_uri(linked), here) + (link[2] or "")

    def drawn(diagram: re.Match[str]) -> str:
        uri = f"pictures/diagrams/{picture_name(diagram[1])}"
        if uri not in files.src_uris:
            log.warning("%s: a diagram has no picture: make diagrams", path)
        return f"![Diagram]({relative(uri, here)})"

    return outside_fences(
        DIAGRAM.sub(drawn, markdown), lambda text: LINK.sub(pointed, text)
    )


def repository_path(uri: str) -> PurePosixPath:
    """Where in the repository the text of a page comes from."""
    path = PurePosixPath(uri)
    if path.parts[0] != OUTSIDE:
        return "docs" / path
    path = path.relative_to(OUTSIDE)
    return path if (ROOT / path).exists() else path.with_suffix("")


def site_uri(path: PurePosixPath) -> str:
    """The source of the page, or the file, that shows a repository's file."""
    if path.parts[0] == "docs":
        return path.relative_to("docs").as_posix()
    page = path if path.suffix == ".md" else f"{path}.md"
    return f"{OUTSIDE}/{page}"


def outside(page: PurePosixPath, text: str) -> list[PurePosixPath]:
    """The files outside `docs/` that a page links to."""
    links = LINK.finditer(FENCE.sub("", text))
    linked = (resolve(page, link[1]) for link in links)
    return [path for path in linked if path and path.parts[0] != "docs"]


def resolve(page: PurePosixPath, target: str) -> PurePosixPath | None:
    """The file that a relative link of a page means, if there is one."""
    path = PurePosixPath(os.path.normpath(page.parent / target))
    return path if (ROOT / path).is_file() else None


def relative(uri: str, page: str) -> str:
    """A link to a source from the source of a page."""
    return PurePosixPath(
        os.path.relpath(uri, PurePosixPath(page).parent)
    ).as_posix()


def show(path: PurePosixPath) -> str:
    """The text of a page about a file: itself, or its code."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    language = "python" if path.suffix == ".py" else ""
    return f"# {path.name}\n\n````{language}\n{text.rstrip()}\n````\n"


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """Changes what is no code block."""
    parts: list[Any] = []
    end = 0
    for fence in FENCE.finditer(text):
        parts += [change(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(text[end:])])
