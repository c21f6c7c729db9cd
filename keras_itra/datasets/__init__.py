"""Image data sets with a fixed test set, and stratified subsets of them."""

from keras_itra.datasets.dataset import Dataset as Dataset
from keras_itra.datasets.download import fetch as fetch
from keras_itra.datasets.registry import LOADERS as LOADERS
from keras_itra.datasets.registry import load as load
from keras_itra.datasets.stratified import split as split
