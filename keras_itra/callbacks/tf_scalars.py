"""Scalars in event files, which TensorBoard shows."""

import os
from collections.abc import Mapping


class ScalarWriter:
    """Writes scalars by step, without the package `tensorboard`.

    Args:
        log_dir: Directory of the event file; it is made if it is missing.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        import tensorflow as tf

        self._tf = tf
        self._writer = tf.summary.create_file_writer(os.fspath(log_dir))
        # What `tf.summary.scalar` writes.
        self._metadata = tf.compat.v1.SummaryMetadata()
        self._metadata.plugin_data.plugin_name = "scalars"

    def write(self, values: Mapping[str, float], step: int) -> None:
        """Write the scalars of one step, and flush."""
        summary = self._tf.summary
        with self._writer.as_default(step), summary.record_if(True):
            for name, value in values.items():
                number = self._tf.constant(value, "float32")
                summary.write(name, number, metadata=self._metadata)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
