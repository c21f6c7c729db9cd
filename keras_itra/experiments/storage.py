"""The finished runs of a comparison on disk."""

import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from keras_itra.experiments.files import (
    read_json,
    restore_nan,
    write_atomically,
    write_json,
)
from keras_itra.experiments.runs import Run, Trained
from keras_itra.validation import require

MEASURED = ("validation", "test", "history")
KEPT = ("features", "labels", "test_logits", "test_labels")


class RunStore:
    """The runs of one comparison, in one folder.

    `settings.json` says what the runs were made with; a run is
    `runs/NAME.json`, and `runs/NAME.npz` holds its features and logits where
    they are kept.

    Args:
        directory: The folder; it is created.
        settings: Everything that decides the outcome of a run besides the run
            itself, as JSON values.

    Raises:
        ValueError: If the folder holds runs of other settings.
    """

    def __init__(
        self, directory: str | Path, settings: Mapping[str, Any]
    ) -> None:
        self.directory = Path(directory)
        self.settings = dict(settings)
        self.fingerprint = fingerprint(self.settings)
        (self.directory / "runs").mkdir(parents=True, exist_ok=True)
        path = self.directory / "settings.json"
        present = read_json(path)
        # Those of a comparison that was refused bind nobody.
        has_runs = any((self.directory / "runs").iterdir())
        if not (isinstance(present, dict) and has_runs):
            write_json(path, self.settings)
            return
        differing = {
            key
            for key in self.settings.keys() | present.keys()
            if self.settings.get(key) != present.get(key)
        }
        require(
            not differing,
            f"the settings of the runs that are already in '{directory}' "
            f"({_show(present, differing)}), or another folder",
            **{key: self.settings.get(key) for key in sorted(differing)},
        )

    def load(
        self, run: Run, *, features: bool = False
    ) -> dict[str, Any] | None:
        """Read a finished run.

        Args:
            run: Which run.
            features: Whether its features and logits must be there, too.

        Returns:
            Its record (see `save`), or `None` if it is not finished.

        Raises:
            ValueError: If the record is of another run or of other settings.
        """
        path = self._path(run, "json")
        record = read_json(path)
        if not isinstance(record, dict):
            return None
        if features and not zipfile.is_zipfile(self._path(run, "npz")):
            return None
        expected = {"run": asdict(run), "fingerprint": self.fingerprint}
        received = {key: record.get(key) for key in expected}
        require(
            received == expected,
            f"a run with {_show(expected, expected)} in '{path}'",
            **received,
        )
        return {
            **record,
            **{part: restore_nan(record[part]) for part in MEASURED},
        }

    def save(
        self, run: Run, trained: Trained, *, features: bool
    ) -> dict[str, Any]:
        """Write a finished run; its record appears last and at once.

        Args:
            run: Which run.
            trained: What it left behind.
            features: Whether to keep its features and logits.

        Returns:
            The record: `run`, `fingerprint` of the settings, `validation`,
            `test` and `history`.
        """
        if features:
            buffer = io.BytesIO()
            np.savez_compressed(
                buffer, **{part: getattr(trained, part) for part in KEPT}
            )
            write_atomically(self._path(run, "npz"), buffer.getvalue())
        record = {
            "run": asdict(run),
            "fingerprint": self.fingerprint,
            **{part: getattr(trained, part) for part in MEASURED},
        }
        write_json(self._path(run, "json"), record)
        # As a run that resumes this one finds it: nan for infinity.
        saved = self.load(run)
        assert saved is not None
        return saved

    def features(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """Features and labels of a run that was saved with features."""
        with np.load(self._path(run, "npz")) as arrays:
            return arrays["features"], arrays["labels"]

    def logits(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """Test logits and labels of a run that was saved with features."""
        with np.load(self._path(run, "npz")) as arrays:
            return arrays["test_logits"], arrays["test_labels"]

    def _path(self, run: Run, suffix: str) -> Path:
        return self.directory / "runs" / f"{run.name}.{suffix}"


def fingerprint(settings: Mapping[str, Any]) -> str:
    """A short name for settings; the same for equal ones."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _show(values: Mapping[str, Any], keys: Collection[str]) -> str:
    return ", ".join(f"{key}={values.get(key)!r}" for key in sorted(keys))
