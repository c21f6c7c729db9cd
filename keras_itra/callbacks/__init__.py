"""Callbacks for `fit`."""

from keras_itra.callbacks.exact_backup import ExactBackup

__all__ = ["ExactBackup"]
