"""Raw data, such as strings, for a KerasHub task that has a preprocessor."""

from typing import Any

import keras
import numpy as np

from keras_itra.data.tf_datasets import batch_arrays, is_tf_dataset, map_dataset
from keras_itra.models.mapped_batches import map_batches
from keras_itra.typing import Batch
from keras_itra.validation import require


class Preprocessing:
    """The preprocessor of a KerasHub task, for mini-batches of any source.

    What is a dict of the task's inputs already, passes as it is.

    Args:
        task: A `keras_hub.models.Task` with a preprocessor.
    """

    def __init__(self, task: Any) -> None:
        self._task = task
        entry = task.input
        self._inputs = set(entry) if isinstance(entry, dict) else None

    def __call__(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Preprocess a mini-batch, eagerly or in a graph of `tf.data`.

        Args:
            x: As the task takes it: strings, or a tuple of several strings
                for each row; or a dict of token ids.
            y: Targets, or None.
            sample_weight: Weights of the rows, or None.

        Returns:
            `x`, `(x, y)` or `(x, y, sample_weight)`, with inputs of the
            network for `x`.

        Raises:
            ValueError: For a single string, and for rows without a text.
        """
        x, y, sample_weight = as_arrays((x, y, sample_weight))
        shapes = [getattr(leaf, "shape", ()) for leaf in keras.tree.flatten(x)]
        require(
            all(shape != () for shape in shapes),
            "mini-batches: several strings, or a dataset after `.batch(m)`",
            shapes=shapes,
        )
        if isinstance(x, dict) and self._inputs and self._inputs <= set(x):
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self._task.preprocess_samples(x, y, sample_weight)

    def before_pairing(self, x: Any, y: Any, sample_weight: Any) -> Batch:
        """What `fit` can pair: the same data without lists.

        Pairs are formed of raw rows. So S2, which is read through a pool of
        rows, is preprocessed only where it is used.
        """
        if is_tf_dataset(x):
            return x, y, sample_weight
        if _is_stream(x):
            return map_batches(x, _without_lists), y, sample_weight
        return as_arrays((x, y, sample_weight))

    def stream(self, source: Any) -> Any:
        """Preprocess a `tf.data.Dataset`, a `PyDataset` or a generator."""
        if is_tf_dataset(source):
            return map_dataset(source, self)
        return map_batches(source, self)

    def validation_data(self, data: Any, batch_size: int | None) -> Any:
        """Preprocess validation data as `fit` takes them; None stays None."""
        if data is None:
            return None
        if _is_stream(data):
            return self.stream(data)
        arrays = keras.utils.unpack_x_y_sample_weight(data)
        return self.dataset(batch_size, *arrays)[0]

    def dataset(
        self,
        batch_size: int | None,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
    ) -> Batch:
        """Preprocess arrays, or what comes as mini-batches, as it is read.

        Args:
            batch_size: For arrays; None: 32.
            x: Arrays, lists, or a dataset.
            y: Targets for arrays, or None.
            sample_weight: Weights of the rows of arrays, or None.

        Returns:
            A dataset, and what is left of `y` and `sample_weight`.

        Raises:
            ValueError: For arrays of different lengths.
        """
        if _is_stream(x):
            return self.stream(x), y, sample_weight
        data = as_arrays(
            keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        )
        shapes = [np.shape(leaf) for leaf in keras.tree.flatten(data)]
        require(
            all(shapes) and len({shape[0] for shape in shapes} | {0}) == 2,
            "arrays or lists of one length > 0",
            shapes=shapes,
        )
        batches = batch_arrays(data, batch_size or 32)
        return map_dataset(batches, self), None, None


def preprocessing_of(model: Any) -> Preprocessing | None:
    """The preprocessing of an `ITRAModel` around a task; None without."""
    task = model.wrapped
    if getattr(task, "preprocessor", None) is None:
        return None
    return Preprocessing(task)


def _is_stream(data: Any) -> bool:
    """Whether data come as mini-batches, and not as arrays."""
    return (
        is_tf_dataset(data)
        or isinstance(data, keras.utils.PyDataset)
        or hasattr(data, "__next__")
    )


def as_arrays(data: Any) -> Any:
    """Lists as arrays; tuples and dicts are structure, as in KerasHub.

    Strings of shape `(n, 1)`, as of a table with one column, lose the axis.

    Raises:
        ValueError: For rows without a text among strings.
    """
    if isinstance(data, tuple):
        return tuple(map(as_arrays, data))
    if isinstance(data, dict):
        return {name: as_arrays(value) for name, value in data.items()}
    if isinstance(data, list):
        # NumPy's own strings would all be as long as the longest.
        strings = any(isinstance(value, (str, bytes)) for value in data)
        data = np.asarray(data, dtype=object if strings else None)
    if _kind(data) == "O":
        data = np.asarray(data)
        others = [v for v in data.flat if not isinstance(v, (str, bytes))]
        require(
            len(others) in (0, data.size),
            "a string in every row; fill in missing ones",
            rows_without=len(others),
            first=others[:1],
        )
    strings = _kind(data) in ("U", "S") or (
        _kind(data) == "O"
        and all(isinstance(v, str | bytes) for v in data.flat)
    )
    if strings and len(data.shape) == 2 and data.shape[1] == 1:
        data = data[:, 0]
    return data


def _without_lists(*batch: Any) -> Any:
    return as_arrays(batch)


def require_inputs(model: Any, x: Any) -> None:
    """Refuse strings where the network takes something else.

    Raises:
        ValueError: If `x` has strings and the wrapped model takes none.
    """
    network = model.wrapped
    if network is None or not _has_strings(x):
        return
    require(
        any(entry.dtype == "string" for entry in network.inputs),
        "inputs of the network. Strings become such inputs in `fit`, "
        "`evaluate` and `predict`, not in a direct call, if a KerasHub task "
        "with a `preprocessor` is wrapped",
        x="strings",
        preprocessor=type(getattr(network, "preprocessor", None)).__name__,
    )


def _has_strings(x: Any) -> bool:
    return any(
        isinstance(leaf, (str, bytes))
        or _kind(leaf) in ("U", "S")
        or (
            _kind(leaf) == "O"
            and isinstance(next(iter(leaf), None), (str, bytes))
        )
        for leaf in keras.tree.flatten(x)
    )


def _kind(leaf: Any) -> str:
    """NumPy's code of what an array holds: "O" objects, "U" and "S" strings."""
    dtype = getattr(leaf, "dtype", None)
    # Tensors of TensorFlow hold strings in a dtype of that name.
    return "S" if "string" in str(dtype) else getattr(dtype, "kind", "")
