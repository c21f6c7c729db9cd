"""Dropout of the features of a classifier."""

from typing import Any

import keras

from keras_itra.validation import require


def with_dropout(classifier: keras.Model, rate: float) -> keras.Model:
    """A classifier with dropout behind its layer `features`.

    Args:
        classifier: A functional model with a layer `features`.
        rate: Fraction of the features that are dropped in training.

    Returns:
        A functional model with the layers of `classifier`, and so its weights,
        and a `Dropout` layer. The `output` of a shared layer is that in the
        model where it was called first, the one that a builder made.

    Raises:
        ValueError: If `classifier` has no layer `features`, or `rate` is
            outside [0, 1].

    Example:

    ```python
    from keras_itra import networks

    classifier = networks.mlp((20,), 10)
    model = networks.with_dropout(classifier, 0.5)
    assert model.get_layer("features") is classifier.get_layer("features")
    ```
    """
    names = [layer.name for layer in classifier.layers]
    require("features" in names, "a layer named 'features'", layers=names)
    dropout = keras.layers.Dropout(rate)

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        x = operation(*args, **kwargs)
        return dropout(x) if operation.name == "features" else x

    return keras.models.clone_model(
        classifier, clone_function=lambda same: same, call_function=call
    )
