"""Wanted and unwanted mails of the SpamAssassin corpus."""

from __future__ import annotations

import codecs
import email
import email.message
from pathlib import Path

import numpy as np

from keras_itra.datasets.dataset import Dataset, as_texts
from keras_itra.datasets.files import SPAM
from keras_itra.datasets.stratified import split_dataset
from keras_itra.validation import require


def load_spam(directory: str | Path | None = None) -> Dataset:
    """Loads mails as texts: wanted (0) and spam (1).

    A text is the subject, an empty line, and the decoded text parts of the
    body, HTML tags included. The other header lines are left out: they name
    the servers and dates of collection, which give the class away. Mails of
    one text count once, so that none is in both sets.

    Args:
        directory: Folder of the five folders of mails, or its parent.

    Returns:
        Texts, 80 % for training; the split is stratified and fixed.

    Raises:
        FileNotFoundError: If a folder is missing; says how to get it.
        ValueError: If a folder is empty.
    """
    label_of: dict[str, int] = {}
    for folder in SPAM.find(directory):
        mails = sorted(folder.glob("*.txt"))
        require(len(mails) > 0, f"mails in {folder}", mails=0)
        is_spam = int(folder.name.startswith("spam"))
        for mail in mails:
            label_of[mail_text(mail.read_bytes())] = is_spam
    labels = np.array(list(label_of.values()))
    return split_dataset("spam", as_texts(list(label_of)), labels, 0.2)


def mail_text(raw: bytes) -> str:
    """Returns the subject and the text of a mail."""
    mail = email.message_from_bytes(raw)
    parts = [p for p in mail.walk() if p.get_content_maintype() == "text"]
    subject = str(mail.get("subject", ""))
    return "\n".join([subject, "", *map(_decoded, parts)]).strip()


def _decoded(part: email.message.Message) -> str:
    charset = part.get_content_charset("latin-1")
    try:
        codecs.lookup(charset)
    except LookupError:  # spam names character sets that do not exist
        charset = "latin-1"
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)  # a part of text has no parts
    return payload.decode(charset, errors="replace")
