"""Images and texts with a fixed test set, and subsets and variants of them."""

from keras_itra.datasets.archive import load_archive as load_archive
from keras_itra.datasets.dataset import Dataset as Dataset
from keras_itra.datasets.download import fetch as fetch
from keras_itra.datasets.folder import load_folder as load_folder
from keras_itra.datasets.keras_datasets import load_keras as load_keras
from keras_itra.datasets.registry import LOADERS as LOADERS
from keras_itra.datasets.registry import load as load
from keras_itra.datasets.stratified import split as split
from keras_itra.datasets.tensorflow_datasets import load_tfds as load_tfds
from keras_itra.datasets.texts import load_texts as load_texts
from keras_itra.datasets.transforms import merge_classes as merge_classes
from keras_itra.datasets.transforms import mislabel as mislabel
