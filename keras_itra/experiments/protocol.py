"""What all runs of a comparison have in common: data splits and schedule."""

import hashlib
import math
from dataclasses import dataclass, fields
from typing import Any

import keras
import numpy as np

from keras_itra import datasets
from keras_itra.data.orders import SAMPLINGS, epoch_order
from keras_itra.networks import NETWORKS
from keras_itra.validation import (
    require,
    require_integer,
    require_number,
    require_one_of,
)
from keras_itra.version import __version__

TEXT = "text:"
"""Prefix of a network that is a pretrained encoder of text."""

SPLIT_SEED = 0
"""The split is the same for every seed of a comparison."""


@dataclass(frozen=True)
class Protocol:
    """Network and schedule of every run.

    Attributes:
        network: A key of `networks.NETWORKS`, or `"text:PRESET"`, a pretrained
            encoder of KerasHub.
        epochs: Passes over the training data.
        batch_size: Rows of one mini-batch, the m of the paper.
        learning_rate: Base rate of the optimizer.
        optimizer: `"sgd"` or `"adamw"`.
        momentum: Of SGD.
        warmup: Share of all steps in which the rate rises from 0.
        drops: Epochs at whose beginning the rate is multiplied by `drop`.
            Without any, a cosine brings it to 0 over all steps.
        drop: Factor of the rate at each of `drops`.
        weight_decay: Decoupled weight decay of the kernels, per unit of
            learning rate, of every method that has none of its own.
        augmented: Whether training images are cropped and flipped at random.
        sampling: Of S2, as of `ITRAModel`: `"matched"`, `"balanced"` or
            `"random"`; under `"balanced"` the order of S1 is balanced too,
            that of plain training included.
        width: Width of the network; None for its own default.
    """

    network: str = "cnn"
    epochs: int = 10
    batch_size: int = 150
    learning_rate: float = 0.1
    optimizer: str = "sgd"
    momentum: float = 0.9
    warmup: float = 0.0
    drops: tuple[int, ...] = ()
    drop: float = 0.1
    weight_decay: float = 0.0
    augmented: bool = False
    sampling: str = "matched"
    width: int | None = None

    def __post_init__(self) -> None:
        if not self.network.startswith(TEXT):
            require_one_of("network", self.network, NETWORKS)
        require_integer("epochs", self.epochs, minimum=1)
        require_integer("batch_size", self.batch_size, minimum=1)
        require_number("learning_rate", self.learning_rate, strict=True)
        require_one_of("optimizer", self.optimizer, ("sgd", "adamw"))
        require_number("warmup", self.warmup)
        require_one_of("sampling", self.sampling, SAMPLINGS)
        require(self.warmup < 1, "a share below 1", warmup=self.warmup)

    @property
    def preset(self) -> str | None:
        """The encoder of text, if the network is one."""
        if not self.network.startswith(TEXT):
            return None
        return self.network.removeprefix(TEXT)


@dataclass(frozen=True)
class Splits:
    """Training, validation and test data of a comparison.

    Attributes:
        name: Name of the data set.
        x_train: Training examples; `x_validation` and `x_test` likewise.
        y_train: Integer labels (n,); `y_validation` and `y_test` likewise.
        num_classes: Number of classes K; labels are 0..K-1.
        modes_test: Of classes that were merged, the original classes of the
            test examples, or None.
        x_foreign: Examples of another data set of the same shape, which a
            classifier should not be sure about, or None.
        encoder: Of texts, the preset that read them, or None.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    num_classes: int
    modes_test: np.ndarray | None = None
    x_foreign: np.ndarray | None = None
    encoder: str | None = None

    @property
    def digest(self) -> str:
        """Hash of every array, for telling two splits apart."""
        digest = hashlib.sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                self.require_numbers(value)
                digest.update(
                    f"{field.name}{value.dtype}{value.shape}".encode()
                )
                digest.update(np.ascontiguousarray(value).data)
        return digest.hexdigest()

    def require_numbers(self, array: np.ndarray) -> None:
        """Refuse texts.

        Raises:
            ValueError: If the array holds objects.
        """
        require(
            array.dtype != object,
            "numbers, not texts (see `keras-itra experiments` for comparisons "
            "on texts)",
            data=self.name,
        )

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of each split."""
        return {
            "train_size": len(self.x_train),
            "validation_size": len(self.x_validation),
            "test_size": len(self.x_test),
        }


def make_splits(
    dataset: datasets.Dataset,
    train_size: int | None = None,
    validation_size: int | None = None,
) -> Splits:
    """Split the training data of a data set; the test data stay whole.

    Args:
        dataset: The data set.
        train_size: Training rows, drawn class by class. Default: all that the
            validation split leaves.
        validation_size: Validation rows, drawn from the other training rows.
            Default: as many as `train_size`, or one fifth of the training data
            if that is not given.

    Returns:
        The splits; the same for the same arguments.

    Raises:
        ValueError: If the sizes do not fit the data.
    """
    if validation_size is None:
        validation_size = train_size or len(dataset.x_train) // 5
    (x_train, y_train), (x_validation, y_validation) = datasets.split(
        dataset.x_train,
        dataset.y_train,
        train_size,
        validation_size,
        seed=SPLIT_SEED,
    )
    return Splits(
        name=dataset.name,
        x_train=x_train,
        y_train=y_train,
        x_validation=x_validation,
        y_validation=y_validation,
        x_test=dataset.x_test,
        y_test=dataset.y_test,
        num_classes=dataset.num_classes,
    )


def steps_per_epoch(
    protocol: Protocol, splits: Splits, sampling: str | None = None
) -> int:
    """Mini-batches of an epoch; balanced sampling repeats small classes.

    Args:
        protocol: The sampling and the size of a mini-batch.
        splits: The training labels.
        sampling: That of the method, where it is not that of the protocol.

    Returns:
        The number of steps.
    """
    rows = epoch_order(
        len(splits.y_train),
        splits.y_train,
        pairing="none",
        sampling=sampling or protocol.sampling,
        seed=0,
        epoch=0,
    )
    return math.ceil(len(rows) / protocol.batch_size)


def default_network(splits: Splits) -> str:
    """The network for some data: `cnn` for images, else `mlp`."""
    return "cnn" if splits.x_train.ndim == 4 else "mlp"


def describe(protocol: Protocol, splits: Splits) -> dict[str, Any]:
    """Everything that decides the outcome of a run besides the run itself."""
    return {
        "keras_itra": __version__,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "data": splits.name,
        **splits.sizes,
        "digest": splits.digest,
        **{f.name: getattr(protocol, f.name) for f in fields(protocol)},
        # As JSON has it.
        "drops": list(protocol.drops),
    }
