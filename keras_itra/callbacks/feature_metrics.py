"""Metrics of features, labels and logits, told apart by what they take."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np

from keras_itra.callbacks.feature_reader import Reading
from keras_itra.metrics import ClassMoments
from keras_itra.metrics.logits import are_probabilities
from keras_itra.validation import require

#: A function, or a streaming metric of Keras.
FeatureMetric: TypeAlias = Callable[..., Any] | keras.metrics.Metric

_TRAINING = ("train_features", "train_labels")
_ARGUMENTS = ("features", "labels", "logits", "outputs", *_TRAINING)


def named(
    metrics: Mapping[str, FeatureMetric] | Sequence[FeatureMetric],
) -> dict[str, FeatureMetric]:
    """Metrics by name, checked.

    Args:
        metrics: By name; or a list, whose names are those of the functions
            and metrics.

    Raises:
        ValueError: For no metric, metrics without a name or with the same
            one, and functions of other arguments than features, labels,
            logits and outputs.
    """
    if isinstance(metrics, Mapping):
        pairs = list(metrics.items())
    else:
        metrics = list(metrics) if isinstance(metrics, Sequence) else [metrics]
        pairs = [(_name_of(metric), metric) for metric in metrics]
    require(
        len(pairs) > 0 and len(dict(pairs)) == len(pairs),
        "`metrics` with different names; give a dict to name them",
        names=[name for name, _ in pairs],
    )
    for name, metric in pairs:
        require(
            isinstance(name, str) and name.isidentifier(),
            "a dict that names metrics without a name of their own",
            name=name,
        )
        require(
            isinstance(metric, keras.metrics.Metric)
            or (callable(metric) and not inspect.isclass(metric)),
            "`metrics` to be functions or `keras.metrics.Metric` objects",
            **{name: metric},
        )
        arguments_of(name, metric)
    return dict(pairs)


def arguments_of(name: str, metric: FeatureMetric) -> list[str]:
    """What a metric takes, among what there is.

    Raises:
        ValueError: If it takes nothing of that, or needs something else.
    """
    if isinstance(metric, ClassMoments):
        return ["labels", "features"]
    if isinstance(metric, keras.metrics.Metric):
        return ["labels", "outputs"]
    parameters = inspect.signature(metric).parameters.values()
    found = [p.name for p in parameters if p.name in _ARGUMENTS]
    others = [
        p.name
        for p in parameters
        if p.name not in _ARGUMENTS
        and p.default is p.empty
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    require(
        bool(found) and not others,
        f"a function whose arguments are among {', '.join(_ARGUMENTS)}",
        metric=name,
        arguments=[*found, *others],
    )
    return found


def needs_training_rows(metrics: Mapping[str, FeatureMetric]) -> bool:
    """Whether a metric compares with features of the training set."""
    return any(
        set(_TRAINING) & set(arguments_of(name, metric))
        for name, metric in metrics.items()
    )


def evaluate_metrics(
    metrics: Mapping[str, FeatureMetric],
    held_out: Reading,
    training: Reading | None = None,
) -> dict[str, float]:
    """Compute metrics.

    Args:
        metrics: From `named`.
        held_out: Of the rows that are measured.
        training: Of rows of the training set, for metrics that take them.

    Returns:
        Numbers by name; all of them NaN if a feature or an output is not
        finite.

    Raises:
        ValueError: If a metric does not give a number, or takes logits
            where the model gives probabilities.
    """
    readings = [held_out] if training is None else [held_out, training]
    if not all(reading.is_finite for reading in readings):
        return dict.fromkeys(metrics, float("nan"))
    there_is = held_out._asdict()
    if training is not None:
        rows = (training.features, training.labels)
        there_is.update(zip(_TRAINING, rows, strict=True))
    values = {}
    for name, metric in metrics.items():
        arguments = arguments_of(name, metric)
        if "logits" in arguments:
            _require_logits(name, held_out.outputs)
            there_is["logits"] = held_out.outputs
        result = _apply(metric, {key: there_is[key] for key in arguments})
        require(
            np.ndim(result) == 0 and np.isrealobj(result),
            "a metric that gives one number",
            metric=name,
            result=result,
        )
        values[name] = float(result)
    return values


def _apply(metric: FeatureMetric, arguments: dict[str, Any]) -> Any:
    if not isinstance(metric, keras.metrics.Metric):
        return metric(**arguments)
    metric.reset_state()
    metric.update_state(*arguments.values())
    return keras.ops.convert_to_numpy(metric.result())


def _require_logits(name: str, outputs: np.ndarray) -> None:
    """Refuse probabilities where logits are meant."""
    require(
        outputs.shape[-1] == 1 or not are_probabilities(outputs),
        "logits; the model ends in a softmax, so give a function of "
        "`outputs`, the probabilities",
        metric=name,
    )


def _name_of(metric: Any) -> str:
    if isinstance(metric, keras.metrics.Metric):
        return metric.name
    return getattr(metric, "__name__", "")
