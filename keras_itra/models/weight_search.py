"""The search for an alignment weight that does no harm."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_itra.distribution.strategies import is_multi_worker, strategy_of
from keras_itra.models.fit_arguments import split_off
from keras_itra.models.preprocessing import preprocessing_of
from keras_itra.models.row_losses import RowLosses
from keras_itra.models.same_start import SameStart, State
from keras_itra.models.weight_choice import (
    Candidate,
    WeightSearch,
    choose,
    compare,
    require_rows,
)
from keras_itra.validation import require, require_number

WEIGHTS = (0.1, 0.3, 0.6, 1.0, 2.0)
"""The weights that are tried beside 0."""


def tune_alignment_weight(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    weights: Sequence[float] = WEIGHTS,
    confidence: float = 0.95,
    sample_weight: Any = None,
    batch_size: int | None = None,
    callbacks: Any = None,
    verbose: Any = "auto",
    validation_split: float = 0.0,
    validation_data: Any = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    **fit_arguments: Any,
) -> WeightSearch:
    """Train with several alignment weights and keep a safe one.

    Every weight, 0 first, is trained by a `fit` of its own. All start from
    the variables that the model has now, those of the optimizer and of
    random layers included, and arrays come in the same order. A positive
    weight is chosen only if it is better than weight 0 by more than noise:

    ```
    d_i = loss of validation row i at the weight - at weight 0
    p   = number of weights * Phi(mean(d) / (std(d) / sqrt(n)))
    chosen: the lowest mean loss among the weights with p <= 1 - confidence
            that do no other harm, or 0 if there is none
    ```

    Of a classifier, which has one output for each class (or one for two) and
    no label outside of them, two further questions are asked: whether it
    makes more mistakes, and whether its cross-entropy after temperature
    scaling is larger. What only takes confidence away from an overconfident
    model lowers its loss, and may cost it everything else. A weight that
    makes one of the two worse (one-sided test at 1 - confidence) is not
    chosen.

    Afterwards the model is as the `fit` with the chosen weight left it, and
    needs no other training; `model.alignment_weight` is the chosen weight,
    `model.history` its history and `model.weight_search` the result.

    What the test covers: the model that is kept is one of those that were
    measured, so the validation rows are the only sample, and with probability
    `confidence` it is not worse, on rows drawn like these, than the model of
    weight 0 beside it. It says less about another training with the chosen
    weight, on other data or from another seed, whose noise all rows share.
    Rows that depend on each other (frames of one film) count as too many.
    Several hundred rows are better than 100: the mean of so few losses is not
    quite normal where a few rows are lost badly.
    The two further questions find harm that is larger than noise, and promise
    no more. Early stopping on the same rows makes the tests too hopeful: keep
    other rows for it. The loss that is reported is that of rows which had a
    say, so a test set is still needed.

    The search takes as long as `len(weights) + 1` times `fit`, and keeps two
    more copies of the variables.

    Args:
        model: A compiled `ITRAModel` whose weight follows no schedule.
        x: As for `ITRAModel.fit`, but no generator. A dataset that shuffles
            itself brings each weight another order.
        y: As for `fit`.
        weights: Positive weights to try. Each one more makes the test of all
            stricter. Defaults to 0.1, 0.3, 0.6, 1 and 2.
        confidence: Probability that the choice does not raise the loss, from
            0.5 to 1 (exclusive). Defaults to 0.95.
        sample_weight: As for `fit`.
        batch_size: As for `fit`.
        callbacks: As for `fit`; every training calls them, and none may
            change `alignment_weight`. What they write, checkpoints and logs,
            is that of all trainings: save the model after the search.
        verbose: As for `fit`; 0 also keeps the search from printing.
        validation_split: As for `fit`; it or `validation_data` is needed.
        validation_data: As for `fit`, in the same order every time.
        validation_steps: As for `fit`.
        validation_batch_size: As for `fit`.
        **fit_arguments: Others of `fit`: `epochs`, `class_weight`, ...

    Returns:
        What was measured, and the choice.

    Raises:
        ValueError: For arguments outside their domain, without validation
            data or with fewer than 100 rows of them, and if training at
            weight 0 diverges. The model is then as it was before.

    Example:

    ```python
    import keras
    import numpy as np
    import keras_itra

    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    x = (rng.normal(size=(200, 4)) + y[:, None]).astype("float32")
    classifier = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(2),
        ]
    )
    model = keras_itra.ITRAModel.from_model(classifier, seed=0)
    model.compile(
        optimizer="sgd",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    search = keras_itra.tune_alignment_weight(
        model, x, y, weights=(0.3, 1.0), validation_split=0.5, verbose=0
    )
    print(search.to_markdown())
    assert float(model.alignment_weight) == np.float32(search.best)
    ```
    """
    grid = _grid(weights, confidence)
    _require_searchable(model, x, callbacks)
    arrays = (x, y, sample_weight)
    if validation_split and validation_data is None:
        preprocess = preprocessing_of(model)
        if preprocess is not None:
            arrays = preprocess.before_pairing(*arrays)
        require(
            hasattr(keras.tree.flatten(arrays)[0], "shape"),
            "`validation_data` instead of `validation_split` with a dataset",
            validation_split=validation_split,
        )
        arrays, validation_data = split_off(arrays, validation_split)
    require(
        validation_data is not None,
        "`validation_data` or `validation_split`, on which the alignment "
        "weight is chosen",
        validation_data=validation_data,
        validation_split=validation_split,
    )
    x, y, sample_weight = arrays
    rows = RowLosses(
        model,
        validation_data,
        validation_batch_size or batch_size,
        validation_steps,
    )
    require_rows(len(rows.measure().losses))
    start = State(model)
    initial = model.initial_alignment_weight
    candidates: list[Candidate] = []
    try:
        # What is fitted below has a weight, also where it was to be found.
        model.initial_alignment_weight = 0.0
        model.is_searching = True
        for weight in grid:
            if verbose:
                print(
                    f"alignment_weight={weight:g} "
                    f"({len(candidates) + 1} of {len(grid)})"
                )
            history = model.fit(
                x,
                y,
                batch_size=batch_size,
                sample_weight=sample_weight,
                callbacks=[
                    SameStart(start, weight),
                    *keras.tree.flatten(callbacks or []),
                ],
                verbose=verbose,
                validation_data=validation_data,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                **fit_arguments,
            )
            measured = rows.measure()
            if weight == 0:
                plain = measured
                _require_finite(plain.losses)
            candidates.append(compare(weight, measured, plain, len(grid) - 1))
            # None that is refused now is chosen later: keep the best only.
            if choose(candidates, confidence) is candidates[-1]:
                kept, best_history = State(model), history
    except BaseException:
        start.restore()
        model.initial_alignment_weight = initial
        raise
    finally:
        model.is_searching = False
    kept.restore()
    model.history = best_history
    search = WeightSearch(
        tuple(candidates), confidence, len(plain.losses), best_history.history
    )
    model.weight_search = search
    # What is saved, or cloned, has the weight and needs no search.
    model.initial_alignment_weight = search.best
    if verbose:
        print(search.to_markdown())
    return search


def _grid(weights: Sequence[float], confidence: float) -> list[float]:
    """The weights in the order in which they are tried."""
    for weight in weights:
        require_number("weights", weight, strict=True)
    require(
        len(weights) > 0 and len(set(weights)) == len(weights),
        "different `weights` to try",
        weights=weights,
    )
    require_number("confidence", confidence, minimum=0.5)
    require(confidence < 1, "`confidence` below 1", confidence=confidence)
    return [0.0, *sorted(map(float, weights))]


def _require_searchable(model: Any, x: Any, callbacks: Any) -> None:
    require(
        getattr(model, "initial_alignment_weight", None) is not None
        and model.alignment_schedule is None,
        "an `ITRAModel` whose `alignment_weight` follows no schedule",
        model=type(model).__name__,
        alignment_weight=getattr(model, "initial_alignment_weight", None),
    )
    require(
        not isinstance(callbacks, keras.callbacks.CallbackList),
        "a list of callbacks",
        callbacks=type(callbacks).__name__,
    )
    require(
        not hasattr(x, "__next__"),
        "data that can be read again for every weight: arrays or a dataset",
        x=type(x).__name__,
    )
    strategy = strategy_of(model)
    require(
        strategy is None or not is_multi_worker(strategy),
        "a search for the alignment weight in one process",
        strategy=type(strategy).__name__,
    )


def _require_finite(losses: np.ndarray) -> None:
    require(
        bool(np.isfinite(losses).all()),
        "a training that does not diverge at `alignment_weight=0`; lower the "
        "learning rate",
        validation_loss=float(losses.mean()),
    )
