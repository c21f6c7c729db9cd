"""Mails as texts."""

import pytest

from keras_itra.datasets import load
from keras_itra.datasets.files import SPAM
from keras_itra.datasets.spam import mail_text

PLAIN = b"""From someone@example.org  Thu Aug 22 12:36:23 2002
Received: from localhost
Subject: Hello
Content-Type: text/plain; charset="NO-SUCH-SET"

caf\xe9
"""
PARTS = b"""Subject: =?utf-8?q?Money?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PGI+RnJlZTwvYj4=
--x
Content-Type: image/png
Content-Transfer-Encoding: base64

AAAA
--x--
"""


def test_subject_and_decoded_body_remain():
    assert mail_text(PLAIN) == "Hello\n\ncafé"
    assert mail_text(PARTS) == "=?utf-8?q?Money?=\n\n<b>Free</b>"
    assert mail_text(b"no header at all") == "no header at all"


def test_folders_give_the_class_and_copies_count_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="keras-itra fetch spam"):
        load("spam", tmp_path)
    for folder in SPAM.names:
        (tmp_path / "spam" / folder).mkdir(parents=True)
    with pytest.raises(ValueError, match="mails in"):
        load("spam", tmp_path)
    for folder in SPAM.names:
        for k in range(5):
            mail = f"Subject: {folder} {max(k, 1)}\n\nx".encode()
            (tmp_path / "spam" / folder / f"{k}.txt").write_bytes(mail)
        (tmp_path / "spam" / folder / "0.json").touch()
    data = load("spam", tmp_path)
    x, y = [*data.x_train, *data.x_test], [*data.y_train, *data.y_test]
    assert len(set(x)) == len(x) == 4 * 5
    assert all(
        label == text.startswith("spam")
        for text, label in zip(x, y, strict=True)
    )
