"""Ways to train a network, plain and with the forms of ITRA."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from benchmarks.networks import Network
from keras_itra import ITRAModel
from keras_itra.data import PairedBatches
from keras_itra.data.tf_arrays import array_dataset
from keras_itra.losses import WithinClassSpread

PLAIN = "plain fit"
INDEPENDENT = "ITRA-c, independent"
SPLIT = "ITRA-c, split"
SPLIT_BOTH = "ITRA-c, split, both supervised"
QUEUE = "ITRA-c, queue"
NONE = "spread, one mini-batch"
SPREAD_QUEUE = "spread, queue"
_PLAIN_LOADER = "plain fit, loader of ITRAModel"
_PLAIN_2M = "plain fit, 2m rows"

#: Options of `ITRAModel`; plain training first.
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    PLAIN: {},
    _PLAIN_LOADER: {},
    _PLAIN_2M: {},
    INDEPENDENT: {"pairing": "independent"},
    SPLIT: {"pairing": "split"},
    SPLIT_BOTH: {"pairing": "split", "supervise": "both"},
    QUEUE: {"pairing": "queue"},
    NONE: {"pairing": "none"},
    SPREAD_QUEUE: {"pairing": "queue"},
}


@dataclass(frozen=True)
class Variant:
    """A compiled model and the data it trains on.

    Attributes:
        name: Name in the table.
        rows: Rows that pass through the network in a step.
        model: The model.
        data: Arguments of `fit` for an epoch of the wanted steps.
    """

    name: str
    rows: int
    model: keras.Model
    data: dict[str, Any]


def make_variant(
    name: str, network: Network, m: int, classes: int, steps: int
) -> Variant:
    """A way to train.

    Args:
        name: A key of `OPTIONS`.
        network: What is trained.
        m: Rows of a mini-batch; even.
        classes: K.
        steps: Steps of an epoch.
    """
    doubled = name == _PLAIN_2M
    batch = 2 * m if doubled else m
    count = steps * batch
    x = network.inputs(np.random.default_rng(0), count)
    # Every class has two rows, however many classes there are.
    y = np.repeat(np.arange(count // 2) % classes, 2)
    data: dict[str, Any] = {"x": x, "y": y, "batch_size": batch}
    model = network.build(classes)
    if name == _PLAIN_LOADER:
        batches = PairedBatches((x, y), m, pairing="none")
        data = {"x": array_dataset(batches), "shuffle": False}
    options = dict(OPTIONS[name])
    if options:
        if name in (NONE, SPREAD_QUEUE):
            options["alignment"] = WithinClassSpread()
        model = ITRAModel.from_model(model, seed=0, **options)
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    rows = 2 * m if doubled or name == INDEPENDENT else m
    return Variant(name, rows, model, data)
