"""A classifier whose head does not train what is in front of it."""

import keras
from keras import ops

from keras_itra.models.functional_split import split_classifier


def linear_on_frozen(
    classifier: keras.Model, feature_layer: str = "features"
) -> keras.Model:
    """Cut the gradient between the features and the head of a classifier.

    ```
    logits = head(stop_gradient(features(x)))
    ```

    Trained with a loss on `feature_layer` beside cross-entropy, the extractor
    follows that loss alone and the head cross-entropy alone: representation
    learning and linear evaluation in one stage. Unlike in two stages, the
    head follows features that still move.

    Args:
        classifier: A functional or Sequential model with one output.
        feature_layer: Name of the layer in front of the head.

    Returns:
        A functional model of the same layers and weights, and the same
        outputs. Its `feature_layer` must be named to `ITRAModel`, which by
        default would take the features behind the cut.

    Raises:
        ValueError: If the classifier cannot be split at that layer.

    Example:

    ```python
    import keras
    from keras_itra.experiments.rivals import linear_on_frozen

    classifier = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, activation="relu", name="features"),
            keras.layers.Dense(3),
        ]
    )
    frozen = linear_on_frozen(classifier)
    assert frozen.count_params() == classifier.count_params()
    ```

    Reference:
        Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, 3.
    """
    extractor, head = split_classifier(classifier, feature_layer)
    logits = head(ops.stop_gradient(extractor.output))
    return keras.Model(
        extractor.input, logits, name=f"{classifier.name}_frozen"
    )
