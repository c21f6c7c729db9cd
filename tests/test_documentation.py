"""What the documentation shows runs, and what it links to exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def blocks(text):
    """Python blocks, each on the lines where the page has it."""
    return [
        "\n" * text.count("\n", 0, match.start(1)) + match[1]
        for match in BLOCK.finditer(text)
    ]


def anchors(text):
    """Anchors of the headings, as GitHub and most generators make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def broken_links(page):
    """Relative links of a page that lead nowhere."""
    broken = []
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        if not linked.exists() or (
            anchor and anchor not in anchors(linked.read_text())
        ):
            broken.append(target)
    return broken


def name_of(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "documentation"}
    for source in blocks(page.read_text()):
        exec(compile(source, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_somewhere(page):
    assert broken_links(page) == []


def test_blocks_keep_their_lines():
    text = "# Page\n\n```python\na = 1\n```\n\n```text\nb\n```\n"
    assert blocks(text) == ["\n\n\na = 1\n"]


def test_broken_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A title: `code`\n[ok](page.md#a-title-code) [web](https://a.b/c)\n"
        "[gone](gone.md) [lost](#lost)\n```text\n[code](code.md)\n```\n"
    )
    assert broken_links(page) == ["gone.md", "#lost"]


def test_pages_hold_code():
    with_code = {name_of(page) for page in PAGES if blocks(page.read_text())}
    expected = {
        "README.md",
        "docs/index.md",
        "docs/usage.md",
        "docs/extending.md",
    }
    assert with_code >= expected
