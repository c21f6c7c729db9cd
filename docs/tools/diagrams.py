"""Draw the Mermaid diagrams of the documentation as pictures.

    python docs/tools/diagrams.py "npx @mermaid-js/mermaid-cli"

Repositories that render Mermaid show the diagrams themselves; the site shows
these pictures. A picture is named after the text of its diagram, so a diagram
that was changed has none until this runs again, and the site does not build.
"""

import argparse
import hashlib
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

DOCS = Path(__file__).parents[1]
PICTURES = DOCS / "pictures" / "diagrams"
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def picture_name(diagram: str) -> str:
    """File name of the picture of a diagram."""
    return hashlib.sha256(diagram.encode()).hexdigest()[:12] + ".svg"


def draw(diagram: str, path: Path, command: list[str]) -> None:
    """Draw one diagram with mermaid-cli."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "diagram.mmd"
        source.write_text(diagram)
        options = ["--theme", "neutral", "--backgroundColor", "white"]
        subprocess.run(
            [*command, *options, "--input", source, "--output", path],
            check=True,
        )


def main() -> None:
    """Draw what has no picture, and remove pictures of no diagram."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", help="how mermaid-cli is started here")
    command = shlex.split(parser.parse_args().command)
    diagrams = {
        picture_name(diagram): diagram
        for page in sorted(DOCS.rglob("*.md"))
        for diagram in DIAGRAM.findall(page.read_text())
    }
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path in PICTURES.glob("*.svg"):
        if path.name not in diagrams:
            path.unlink()
    for name, diagram in diagrams.items():
        if not (PICTURES / name).exists():
            draw(diagram, PICTURES / name, command)


if __name__ == "__main__":
    main()
