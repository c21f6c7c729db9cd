"""Notebooks hold the code of their scripts, and run."""

from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext", reason="needs the extra 'dev'")
nbclient = pytest.importorskip("nbclient", reason="needs the extra 'dev'")
pytest.importorskip("ipykernel", reason="needs the extra 'dev'")

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
STALE = "run `make notebooks`"


def cells(path):
    return [
        (cell.cell_type, cell.source.strip())
        for cell in jupytext.read(path).cells
    ]


def test_there_are_notebooks():
    names = {path.stem for path in NOTEBOOKS}
    assert names == {"image", "quickstart", "text_kerashub"}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_its_script(notebook):
    assert cells(notebook) == cells(notebook.with_suffix(".py")), STALE


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_hold_no_outputs(notebook):
    for cell in jupytext.read(notebook).cells:
        assert not cell.get("outputs"), STALE


# The other two run as scripts in tests/test_examples.py too.
@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("quickstart", "exported:"),
        pytest.param("image", "reliability.png", marks=pytest.mark.slow),
        pytest.param(
            "text_kerashub", "aligned feature:", marks=pytest.mark.slow
        ),
    ],
)
def test_a_notebook_runs(name, printed, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setenv("EPOCHS", "1")
    monkeypatch.setenv("DATA", "digits")
    monkeypatch.setenv("TRAIN_SIZE", "200")
    # Of the kernel, which would otherwise be found in the user's folders.
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = jupytext.read(EXAMPLES / f"{name}.ipynb")
    nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    text = "".join(
        output.get("text", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    assert printed in text
