"""Models that train with alignment."""

from keras_itra.models.itra_model import ITRAModel

__all__ = ["ITRAModel"]
