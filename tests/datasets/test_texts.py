"""Texts of users, in CSV and JSON Lines."""

import csv
import json

import numpy as np
import pytest

from keras_itra.datasets import load


def rows_of(data):
    """All rows as a set, whichever side of the split they are on."""
    x = [*data.x_train, *data.x_test]
    return set(zip(x, [*data.y_train, *data.y_test], strict=True))


def write_csv(path, rows, header=("text", "label")):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_csv_and_jsonl_agree(tmp_path):
    rows = [
        (f'Line {k},\nwith "quotes" é and more', ["zinc", "acid"][k % 2])
        for k in range(10)
    ]
    expected = {(text, int(label == "zinc")) for text, label in rows}
    data = load(write_csv(tmp_path / "metals.csv", rows))
    assert rows_of(data) == expected
    assert (data.name, data.num_classes) == ("metals", 2)
    assert (data.x_train.dtype, data.x_train.shape) == (object, (8,))
    assert np.bincount(data.y_test).tolist() == [1, 1]
    path = tmp_path / "metals.jsonl"
    path.write_text(
        "".join(f"{json.dumps({'a': t, 'b': k})}\n" for t, k in rows)
    )
    assert rows_of(load(path, text="a", label="b")) == expected


def test_integer_labels_are_ordered_as_numbers(tmp_path):
    rows = [(str(k), k) for k in (10, 9, 2, 1)]
    path = write_csv(tmp_path / "train.csv", rows)
    test = tmp_path / "test.jsonl"
    test.write_text('{"text": "x", "label": 9}')
    data = load(str(path), test_path=test)
    assert data.y_train.tolist() == [3, 2, 1, 0]
    assert (data.x_test.tolist(), data.y_test.tolist()) == (["x"], [2])
    test.write_text('{"text": "x", "label": 3}')
    with pytest.raises(ValueError, match=r"unknown=\['3'\]"):
        load(path, test_path=test)


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    path = tmp_path / "sheet.csv"
    lines = "".join(f"{k},{k % 2}\n" for k in range(10))
    path.write_text("\ufefftext,label\n" + lines, encoding="utf-8")
    assert load(path).num_classes == 2


def test_what_exports_leave_around_json_lines(tmp_path):
    path = tmp_path / "export.JSONL"
    lines = (json.dumps({"text": f"{k}", "label": k % 2}) for k in range(10))
    path.write_text("\ufeff" + "\n".join(lines) + "\n\n", encoding="utf-8")
    data = load(path)
    assert len(data.x_train) + len(data.x_test) == 10


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,topic\nx,1\n", "a label 'label' in line 2"),
        ("a.csv", "text,label\nx,1\ny\n", "in line 3"),
        ("a.csv", "text,label\nx,\n", "in line 2"),
        ("a.csv", "text,label\n", "rows in"),
        ("a.csv", 'text,label\n"x"y,1\n', "valid CSV after line 1"),
        ("a.jsonl", '{"text": "x", "label": 1}\n{"text"', "object in line 2"),
        ("a.jsonl", '["x", 1]\n', "in line 1"),
        ("a.jsonl", '{"text": 1, "label": 1}\n', "a text 'text'"),
        ("a.jsonl", '{"text": "x", "label": 0.5}\n', "a label 'label'"),
    ],
)
def test_bad_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        load(tmp_path / name)


def test_a_test_file_of_another_kind_is_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", 0), ("y", 1)])
    with pytest.raises(ValueError, match=r"\.csv or \.jsonl"):
        load(path, test_path="a.txt")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent.csv")


def test_surplus_fields_are_refused(tmp_path):
    """A comma outside of quotes would shift the label."""
    rows = [(f"text {k}", k % 2) for k in range(20)]
    path = write_csv(tmp_path / "some.csv", [*rows, ("Good", " really", 1)])
    with pytest.raises(ValueError, match=r"as many fields .* in line 22 of"):
        load(path)
    path = write_csv(tmp_path / "open.csv", [(*row, "") for row in rows])
    assert len(rows_of(load(path))) == 20


def test_labels_that_are_one_number_keep_one_order(tmp_path):
    rows = [(f"text {k}", ("1", "01", "2")[k % 3]) for k in range(30)]
    expected = {(text, ("01", "1", "2").index(label)) for text, label in rows}
    assert rows_of(load(write_csv(tmp_path / "some.csv", rows))) == expected


def test_long_texts_are_read(tmp_path):
    rows = [(f"{k}" * 200_000, k % 2) for k in range(10)]
    data = load(write_csv(tmp_path / "long.csv", rows))
    assert len(data.x_train[0]) == 200_000


def test_other_encodings_are_refused_with_the_path(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("text,label\ncaf\u00e9,1\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"UTF-8 in .*latin\.csv"):
        load(path)


def test_a_label_of_blanks_is_no_label(tmp_path):
    path = write_csv(tmp_path / "some.csv", [("a text", "  ")])
    with pytest.raises(ValueError, match="a label 'label' in line 2"):
        load(path)
