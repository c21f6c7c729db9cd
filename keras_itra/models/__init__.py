"""Models that train with alignment."""

from keras_itra.models.itra_model import ITRAModel
from keras_itra.models.weight_choice import WeightSearch
from keras_itra.models.weight_search import tune_alignment_weight

__all__ = ["ITRAModel", "WeightSearch", "tune_alignment_weight"]
