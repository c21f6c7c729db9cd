"""Subclasses of `ITRAModel` in a module that another process can import."""

import keras

from keras_itra import ITRAModel
from keras_itra.losses import ITRAAlignment
from tests.models.cases import NUM_CLASSES, perceptron


class _TwoLayers(ITRAModel):
    def add_layers(self, width):
        self.hidden = keras.layers.Dense(width, activation="relu")
        self.head = keras.layers.Dense(NUM_CLASSES)

    def extract_features(self, x, training=None):
        return self.hidden(x)

    def classify(self, features, training=None):
        return self.head(features)


@keras.saving.register_keras_serializable(package="tests")
class Wide(_TwoLayers):
    """Takes the options of `ITRAModel`; no `get_config` of its own."""

    def __init__(self, width=16, **kwargs):
        super().__init__(**kwargs)
        self.add_layers(width)


@keras.saving.register_keras_serializable(package="tests")
class Scaled(Wide):
    """Passes on the arguments of a base that is no class of the library."""

    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale


@keras.saving.register_keras_serializable(package="tests")
class Around(ITRAModel):
    """Calls its network as `ITRAModel` calls the one that it wraps."""

    def __init__(self, model, feature_layer="features", **kwargs):
        super().__init__(**kwargs)
        self.network = model
        self.head = keras.layers.Dense(NUM_CLASSES, name=feature_layer)

    def extract_features(self, x, training=None):
        return self.network(x)

    def classify(self, features, training=None):
        return self.head(features)


@keras.saving.register_keras_serializable(package="tests")
class Narrow(_TwoLayers):
    """Decides the options itself, and takes the seed."""

    def __init__(self, width=4, seed=None):
        super().__init__(alignment_weight=0.3, seed=seed)
        self.add_layers(width)


@keras.saving.register_keras_serializable(package="tests")
class Fixed(_TwoLayers):
    """Decides some options itself, and takes the others."""

    def __init__(self, width=4, **kwargs):
        super().__init__(
            pairing="split", supervise="both", alignment_weight=0.3, **kwargs
        )
        self.add_layers(width)


@keras.saving.register_keras_serializable(package="tests")
class Doubled(Wide):
    """Means something else by names that the library has, too."""

    def __init__(self, alignment_weight=0.3, alignment="marginal", **kwargs):
        super().__init__(
            alignment_weight=2 * alignment_weight,
            alignment=ITRAAlignment(mode=alignment),
            **kwargs,
        )
        self.half = alignment_weight


@keras.saving.register_keras_serializable(package="tests")
class Below(Doubled):
    """Does not know what its base is called with."""

    def __init__(self, depth=1, **kwargs):
        super().__init__(**kwargs)
        self.depth = depth


@keras.saving.register_keras_serializable(package="tests")
class Passed(Wide):
    """Names an option, and passes it on as it is."""

    def __init__(self, alignment_weight=0.6, **kwargs):
        super().__init__(alignment_weight=alignment_weight, **kwargs)


@keras.saving.register_keras_serializable(package="tests")
class Wrapper(ITRAModel):
    """Builds the model that it wraps, and passes it on in its place."""

    def __init__(self, **kwargs):
        super().__init__(perceptron(), **kwargs)


@keras.saving.register_keras_serializable(package="tests")
class Bare(ITRAModel):
    """Has a weight of its own beside its layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = keras.layers.Dense(4, activation="relu")
        self.prototypes = self.add_weight(shape=(4, NUM_CLASSES), name="own")

    def extract_features(self, x, training=None):
        return self.hidden(x)

    def classify(self, features, training=None):
        return keras.ops.matmul(features, self.prototypes)


class Explicit(_TwoLayers):
    """Not registered, keeps its argument, and writes its config itself."""

    def __init__(self, width=8, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.add_layers(width)

    def get_config(self):
        return {**super().get_config(), "width": self.width}
