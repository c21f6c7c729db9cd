"""The site builds without a warning, and its links lead somewhere."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.test_public_api import BESIDE, PUBLIC

pytest.importorskip("mkdocs", reason="needs the extra 'docs'")

ROOT = Path(__file__).parents[1]
#: Attributes through which a page loads a file.
LOADS = {("link", "href"), ("script", "src"), ("img", "src")}


class Page(HTMLParser):
    """Anchors of a page, what it links to, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loads = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.anchors.add(value)
            elif (tag, name) == ("a", "href"):
                self.links.add(value)
            elif (tag, name) in LOADS:
                self.loads.add(value)


def target_of(page, link):
    """The file and the anchor that a link of a page means, or None."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = (page.parent / unquote(parts.path)).resolve()
    if not parts.path:
        path = page
    elif path.is_dir():
        path /= "index.html"
    return path, unquote(parts.fragment)


def broken_links(pages):
    """Links inside the site that lead nowhere, page by page."""
    broken = []
    for path, page in pages.items():
        for link in page.links | page.loads:
            found = target_of(path, link)
            if found is None:
                continue
            target, anchor = found
            # Files other than pages have no anchors.
            known = pages.get(target) if target.suffix == ".html" else None
            if not target.exists() or (
                known and anchor and anchor not in known.anchors
            ):
                broken.append(f"{path.name}: {link}")
    return broken


def read(folder):
    return {
        path: Page(path.read_text(encoding="utf-8"))
        for path in folder.resolve().rglob("*.html")
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    # 404.html has absolute links: it stands for any address.
    pages = read(folder)
    return {p: page for p, page in pages.items() if p.name != "404.html"}


def test_every_public_name_is_in_the_reference(site):
    anchors = set().union(
        *(page.anchors for p, page in site.items() if "reference" in p.parts)
    )
    names = {
        f"{module}.{name}"
        for module, names in (PUBLIC | BESIDE).items()
        for name in names
    }
    assert names <= anchors


def test_no_link_is_broken(site):
    assert broken_links(site) == []


def test_nothing_is_loaded_from_elsewhere(site):
    loads = set().union(*(page.loads for page in site.values()))
    assert {link for link in loads if urlsplit(link).netloc} == set()


def test_linked_files_of_the_repository_are_pages(site):
    found = {"/".join(path.parts[-4:-1]) for path in site}
    assert any(path.endswith("repository/CHANGELOG") for path in found)
    assert any(path.endswith("examples/quickstart.py") for path in found)


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="top"></h1><a href="#top"></a><a href="sub/#here"></a>'
        '<a href="https://else.where/"></a><img src="none.png">'
        '<a href="sub/#there"></a><a href="gone/"></a>'
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text('<p id="here"></p>')
    assert sorted(broken_links(read(tmp_path))) == [
        "a.html: gone/",
        "a.html: none.png",
        "a.html: sub/#there",
    ]
