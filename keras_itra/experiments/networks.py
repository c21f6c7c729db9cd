"""The networks that a comparison may train."""

from keras_itra.networks import NETWORKS as NETWORKS
from keras_itra.networks import cnn as cnn
from keras_itra.networks import mlp as mlp
