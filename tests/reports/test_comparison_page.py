"""The pages on comparisons and experiments show what their files hold."""

import json
from pathlib import Path

import pytest

from keras_itra.reports import comparison_report, experiment_report

RESULTS = Path(__file__).parents[2] / "results"


def test_the_page_has_the_tables_the_pictures_and_the_choice(comparison, read):
    directory, tables = comparison
    out = directory / "report.html"
    html = comparison_report(directory, out=out)
    page = read(html)
    assert out.read_text() == html
    assert page.tags.count("img") == 4
    for table in tables:
        for line in table.body:
            for cell in filter(None, line):
                assert cell in page.texts
        assert table.caption in page.texts
    assert "0.3: 2.000, 0.6: 1.250" in page.texts
    assert page.after("data") == "<b>none</b>"


def test_results_alone_will_do(comparison, tmp_path, read):
    directory, _ = comparison
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "results.json").write_bytes(
        (directory / "results.json").read_bytes()
    )
    page = read(comparison_report(alone))
    assert "img" not in page.tags
    assert [path.name for path in alone.iterdir()] == ["results.json"]


def test_diverged_runs_are_said_so(comparison, read):
    directory, _ = comparison
    path = directory / "results.json"
    results = json.loads(path.read_text())
    accuracy = results["methods"]["itra"]["measures"]["accuracy"]
    accuracy["values"][0] = None
    path.write_text(json.dumps(results))
    assert "undefined" in read(comparison_report(directory)).texts


@pytest.mark.parametrize("content", [None, "{", "[]", '{"settings": {}}'])
def test_other_folders_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(ValueError, match=r"compare.*results\.json"):
        comparison_report(tmp_path)


def test_a_missing_measure_is_named(comparison):
    path = comparison[0] / "results.json"
    results = json.loads(path.read_text())
    del results["methods"]["sgd"]["measures"]["ece"]
    path.write_text(json.dumps(results))
    with pytest.raises(ValueError, match=r"absent=\['ece'\]"):
        comparison_report(comparison[0])


@pytest.mark.parametrize("name", ["lambda", "distance", "low-data"])
def test_experiments(name, tmp_path, read):
    source = RESULTS / name / "small.json"
    html = experiment_report(source, out=tmp_path / "page.html")
    page = read(html)
    assert (tmp_path / "page.html").read_text() == html
    assert page.tags.count("img") == 1
    record = json.loads(source.read_text())
    method = record["cells"][0]["methods"]["sgd"]["test"]["accuracy"]
    mean = sum(method) / len(method)
    assert any(text.startswith(f"{mean:.2f} ±") for text in page.texts)
    command = f"keras-itra reproduce --experiment {name} --scale small"
    assert any(command in text for text in page.texts)


def test_other_files_are_no_experiments(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ValueError, match="reproduce"):
        experiment_report(tmp_path / "a.json")
