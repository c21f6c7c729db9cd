"""Losses on the features of a mini-batch."""

from keras_itra.discrepancies.terms import Terms
from keras_itra.losses.center_loss import CenterLoss
from keras_itra.losses.feature_loss import FeatureLoss
from keras_itra.losses.fourier_alignment import FourierAlignment
from keras_itra.losses.itra_alignment import ITRAAlignment
from keras_itra.losses.within_class_spread import WithinClassSpread

__all__ = [
    "CenterLoss",
    "FeatureLoss",
    "FourierAlignment",
    "ITRAAlignment",
    "Terms",
    "WithinClassSpread",
]
