"""Classifiers for experiments: logits behind a layer `features`.

A builder takes the shape of one example and the number of classes, and
returns a functional model whose last hidden layer is named `features` and
whose final linear layer is named `logits`.
"""

from keras_itra.networks.augmentation import CropAndFlip as CropAndFlip
from keras_itra.networks.augmentation import (
    with_augmentation as with_augmentation,
)
from keras_itra.networks.dropout import with_dropout as with_dropout
from keras_itra.networks.mobilenet import mobilenet_v1 as mobilenet_v1
from keras_itra.networks.mobilenet import mobilenet_v2 as mobilenet_v2
from keras_itra.networks.registry import NETWORKS as NETWORKS
from keras_itra.networks.registry import get as get
from keras_itra.networks.resnet import resnet18 as resnet18
from keras_itra.networks.resnet import (
    resnet18_imagenet as resnet18_imagenet,
)
from keras_itra.networks.resnet import resnet101 as resnet101
from keras_itra.networks.small import cnn as cnn
from keras_itra.networks.small import five_conv as five_conv
from keras_itra.networks.small import mlp as mlp
from keras_itra.networks.small import two_conv as two_conv
from keras_itra.networks.vgg import vgg13 as vgg13
