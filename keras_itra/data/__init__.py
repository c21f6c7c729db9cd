"""Paired mini-batches."""

from keras_itra.data.orders import epoch_order
from keras_itra.data.pair_batches import pair_batches
from keras_itra.data.paired_batches import PairedBatches

__all__ = ["PairedBatches", "epoch_order", "pair_batches"]
