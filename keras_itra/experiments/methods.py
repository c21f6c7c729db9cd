"""The methods a comparison knows."""

import math
from dataclasses import replace

from keras_itra import losses
from keras_itra.experiments.ablations import ABLATIONS, ConstantSecond
from keras_itra.experiments.recipes import Method, Recipe, aligned, itra_c
from keras_itra.experiments.rivals import (
    OrthogonalProjection,
    Projected,
    SupervisedContrastive,
    projection_head,
)
from keras_itra.validation import require

BASELINE = "sgd"
"""The method that every other is compared with."""

WEIGHT_DECAY = "weight-decay"
ON_WEIGHT_DECAY = f"+{WEIGHT_DECAY}"
"""Suffix of a method that runs on top of the chosen weight decay."""

AT_STRENGTH = "@"
"""What stands between a method and a strength that is not to be chosen."""

_ALIGNMENT_WEIGHTS = (0.3, 0.6, 1.0, 2.0)

PROJECTION = 64
"""Width of the projection that the contrastive loss compares."""


def _contrastive(temperature: float) -> Recipe:
    return Recipe(
        alignment=lambda _, width: Projected(
            SupervisedContrastive(temperature),
            projection_head(width, PROJECTION),
        ),
        alignment_weight=1.0,
        frozen=True,
    )


def _spread(num_classes: int, _: int) -> losses.WithinClassSpread:
    return losses.WithinClassSpread(num_classes=num_classes)


def _with_memory(method: Method, rows: int) -> Method:
    return replace(
        method,
        name=f"{method.name}-{rows}",
        description=f"{method.description}, of {rows} rows",
        recipe=lambda strength: replace(
            method.recipe(strength), memory_size=rows
        ),
    )


_QUEUE = Method(
    "itra-c-queue",
    "ITRA-c: MMD of one mini-batch and a memory of recent features",
    aligned(itra_c, "queue"),
    grid=(*_ALIGNMENT_WEIGHTS, 4.0),
)
_SPREAD_QUEUE = Method(
    "spread-queue",
    "kernel spread of one mini-batch and a memory of recent features",
    aligned(_spread, "queue"),
    grid=_ALIGNMENT_WEIGHTS,
)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(BASELINE, "plain SGD, the baseline", lambda _: Recipe()),
        Method(
            WEIGHT_DECAY,
            "SGD with decoupled weight decay of the kernels",
            lambda strength: Recipe(weight_decay=strength),
            grid=(0.01, 0.03, 0.1, 0.3, 1.0),
        ),
        Method(
            "label-smoothing",
            "SGD on smoothed labels",
            lambda strength: Recipe(label_smoothing=strength),
            grid=(0.05, 0.1, 0.2),
        ),
        Method(
            "center",
            "center loss: distance to stored class centres",
            aligned(losses.CenterLoss, "none"),
            grid=(0.01, 0.05, 0.1, 0.2),
        ),
        Method(
            "sgd-2m",
            "plain SGD on S1 and S2, all supervised: equal compute",
            lambda _: Recipe(pairing="independent"),
        ),
        Method(
            "spread",
            "kernel spread within the classes of one mini-batch",
            aligned(_spread, "none"),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra",
            "ITRA: MMD of two mini-batches, pooled over the classes",
            aligned(lambda *_: losses.ITRAAlignment(mode="marginal")),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra-c",
            "ITRA-c: MMD of two mini-batches, class by class",
            aligned(itra_c),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        Method(
            "itra-c-auto",
            "ITRA-c whose weight each training chooses, 0 among them",
            lambda _: Recipe(
                alignment=itra_c,
                alignment_weight="auto",
                pairing="independent",
            ),
        ),
        Method(
            "itra-c-split",
            "ITRA-c: MMD of the halves of one mini-batch, all supervised",
            aligned(itra_c, "split", supervise="both"),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        _QUEUE,
        *(_with_memory(_QUEUE, rows) for rows in (256, 512, 1024)),
        Method(
            "itra-c-constant",
            "ITRA-c whose S2 is constant, as in a queue, but not out of date",
            aligned(lambda classes, _: ConstantSecond(num_classes=classes)),
            grid=_ALIGNMENT_WEIGHTS,
        ),
        _SPREAD_QUEUE,
        _with_memory(_SPREAD_QUEUE, 512),
        Method(
            "sgd-2x",
            "plain SGD for twice the epochs: equal compute",
            lambda _: Recipe(passes=2),
        ),
        Method(
            "dropout",
            "dropout on the features",
            lambda strength: Recipe(dropout=strength),
            grid=(0.1, 0.3, 0.5),
        ),
        Method(
            "mixup",
            "convex combinations of examples; strength: alpha",
            lambda strength: Recipe(mixup=strength),
            grid=(0.1, 0.3, 1.0),
        ),
        Method(
            "supcon",
            "supervised contrastive features of one view (the strength is the "
            "temperature) under a linear layer trained by cross-entropy",
            _contrastive,
            grid=(0.1, 0.3, 1.0),
        ),
        Method(
            "opl",
            "orthogonal projection loss",
            aligned(lambda *_: OrthogonalProjection(), "none"),
            grid=(0.1, 0.3, 1.0, 3.0),
        ),
    )
}


def get(name: str) -> Method:
    """Find a method by its name.

    Args:
        name: A key of `METHODS` or `ABLATIONS`. `NAME@0.3` is the method at
            that strength, which is not chosen; `NAME+weight-decay` runs on
            top of the weight decay that the method `weight-decay` has chosen.

    Returns:
        The method.

    Raises:
        ValueError: If there is no such method.
    """
    known = METHODS | ABLATIONS
    plain = name.removesuffix(ON_WEIGHT_DECAY)
    plain, at, strength = plain.partition(AT_STRENGTH)
    require(
        plain in known
        and name != WEIGHT_DECAY + ON_WEIGHT_DECAY
        and (not at or (bool(known[plain].grid) and _is_positive(strength))),
        f"one of the methods {', '.join(known)}, one of them with "
        f"'{AT_STRENGTH}' and a strength behind it if it has strengths, or "
        f"with '{ON_WEIGHT_DECAY}'",
        method=name,
    )
    method = known[plain]
    if at:
        method = replace(
            method, name=name, grid=(float(strength),), runs_as=plain
        )
    if not name.endswith(ON_WEIGHT_DECAY):
        return method
    return replace(
        method,
        name=name,
        description=f"{method.description}; on the chosen weight decay",
        base=WEIGHT_DECAY,
        runs_as=plain + ON_WEIGHT_DECAY,
    )


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False
