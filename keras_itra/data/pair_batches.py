"""Paired mini-batches for models that users compile themselves."""

from typing import Any, cast

import keras

from keras_itra.data.orders import SAMPLINGS
from keras_itra.data.paired_batches import PairedBatches
from keras_itra.data.supervision import Supervise
from keras_itra.data.tf_datasets import is_tf_dataset
from keras_itra.data.tf_streams import pair_stream
from keras_itra.validation import require, require_one_of


def pair_batches(
    data: Any,
    batch_size: int | None = None,
    labels: Any = None,
    *,
    supervise: Supervise = None,
    pairing: str = "independent",
    sampling: str = "matched",
    shuffle: bool = True,
    seed: int = 0,
    initial_epoch: int = 0,
    shards: int = 1,
) -> Any:
    """Form mini-batches with S1 in even rows and S2 in odd rows.

    For a model that you compile yourself with
    `keras_itra.losses.ITRAAlignment` on its features.

    Args:
        data: Arrays `(x, y)` or `(x, y, sample_weight)`, each an array or a
            nested structure of arrays; or a `tf.data.Dataset` or
            `keras.utils.PyDataset` of mini-batches of that form.
        batch_size: m, for arrays; a dataset brings its own.
        labels: Class of every row of the arrays; defaults to `y`. Needed
            when `y` has several outputs and the sampling goes by class. For
            a dataset: the name of the target that holds the class.
        supervise: `(output, "first")`, or `"first"` for a single output:
            adds per-output sample weights that keep the loss on S1 (the
            paper). Defaults to None: all rows are supervised.
        pairing: `"independent"` (default; the paper): 2m rows a step, m of
            S1 and m of S2; `"split"`: m rows, half of them S1; `"none"`:
            plain mini-batches in the order of S1 (arrays only).
        sampling: `"matched"` (default): row i of S2 has the class of row i
            of S1; `"balanced"`: class-balanced round robin (arrays only);
            `"random"`.
        shuffle: If False, S1 keeps the order of the arrays, or of the
            mini-batches of a `PyDataset`. The order of a `tf.data.Dataset`
            is its own.
        seed: Seed of the orders.
        initial_epoch: Number of the first epoch.
        shards: Parts that Keras cuts every mini-batch into: the number of
            replicas when the model is trained under `tf.distribute`. Every
            mini-batch then has as many pairs for each; up to `shards` - 1
            pairs at the end of an epoch are left out. Defaults to 1.

    Returns:
        A `keras.utils.PyDataset` for arrays, else a `tf.data.Dataset`.

    Raises:
        ValueError: For arguments outside their domain, data that cannot be
            read twice, or labels that are not classes.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    x, y = np.random.rand(40, 8).astype("float32"), np.arange(40) % 4
    inputs = keras.Input((8,))
    h = keras.layers.Dense(16, activation="relu")(inputs)
    net = keras.Model(
        inputs, {"logits": keras.layers.Dense(4)(h), "features": h}
    )
    net.compile(
        loss={
            "logits": keras.losses.SparseCategoricalCrossentropy(
                from_logits=True
            ),
            "features": keras_itra.losses.ITRAAlignment(),
        },
        loss_weights={"logits": 1.0, "features": 0.6},
    )
    batches = keras_itra.data.pair_batches(
        (x, {"logits": y, "features": y}),
        batch_size=10,
        labels=y,
        supervise=("logits", "first"),
        seed=0,
    )
    net.fit(batches, epochs=1, shuffle=False, verbose=0)
    ```
    """
    if is_tf_dataset(data) or isinstance(data, keras.utils.PyDataset):
        require_one_of("pairing", pairing, ("independent", "split"))
        require_one_of("sampling", sampling, SAMPLINGS)
        require(
            batch_size is None and (labels is None or isinstance(labels, str)),
            "no `batch_size`, and `labels` to be the name of a target, for a "
            "dataset, which brings its own",
            batch_size=batch_size,
            labels=type(labels).__name__,
        )
        return pair_stream(
            data,
            pairing=pairing,
            sampling=sampling,
            labels=labels,
            supervise=supervise,
            shuffle=shuffle,
            seed=seed,
            initial_epoch=initial_epoch,
            shards=shards,
        )
    require(
        isinstance(data, tuple),
        "arrays (x, y), a `tf.data.Dataset` or a `keras.utils.PyDataset` "
        "(what cannot be read twice cannot be paired)",
        data=type(data).__name__,
    )
    require(batch_size is not None, "`batch_size` with arrays", batch_size=None)
    return PairedBatches(
        data,
        cast(int, batch_size),
        labels=labels,
        pairing=pairing,
        sampling=sampling,
        supervise=supervise,
        shuffle=shuffle,
        seed=seed,
        initial_epoch=initial_epoch,
        shards=shards,
    )
