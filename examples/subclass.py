"""Subclass `ITRAModel`: a residual network that is no functional model."""

import argparse
import tempfile
from pathlib import Path

import keras

import keras_itra
from keras_itra import datasets


@keras.saving.register_keras_serializable(package="examples")
class ResidualMLP(keras_itra.ITRAModel):
    """Residual blocks of equal width, then a linear layer."""

    def __init__(self, width=64, depth=2, num_classes=10, **kwargs):
        super().__init__(**kwargs)
        self.entry = keras.layers.Dense(width)
        self.blocks = [
            keras.layers.Dense(width, activation="relu") for _ in range(depth)
        ]
        self.head = keras.layers.Dense(num_classes)

    def extract_features(self, x, training=None):
        """Features: what the alignment sees."""
        h = self.entry(keras.ops.reshape(x, (-1, 64)))
        for block in self.blocks:
            h = h + block(h)
        return h

    def classify(self, features, training=None):
        """Logits of features."""
        return self.head(features)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=20)
epochs = parser.parse_args().epochs
keras.utils.set_random_seed(0)
data = datasets.load("digits")

# Options of ITRA pass through **kwargs.
model = ResidualMLP(width=48, alignment_weight=0.4, seed=0)
model.compile(
    optimizer=keras.optimizers.SGD(0.02, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(
    data.x_train, data.y_train, batch_size=50, epochs=epochs, verbose=0
).history
for name in ("supervised_loss", "alignment", "bandwidth"):
    first, last = history[name][0], history[name][-1]
    print(f"{name}: first epoch {first:.3f}, last epoch {last:.3f}")

# The arguments of the constructor are saved; no `get_config` is needed.
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "residual.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
print(f"loaded width: {loaded.entry.units}")
_, accuracy = loaded.evaluate(data.x_test, data.y_test, verbose=0)
print(f"test accuracy of the loaded model: {accuracy:.3f}")
