"""Search the weight and the kernel with KerasTuner.

Chosen by cross-entropy on validation rows. KerasTuner knows no intervals: a
weight that wins by little may win by chance, which is what
`keras_itra.tune_alignment_weight` guards against.
"""

import argparse
import tempfile

import keras

import keras_itra
from keras_itra import datasets

try:
    import keras_tuner
except ImportError as error:
    raise SystemExit(
        "This example needs KerasTuner. Install it with: "
        'pip install "keras-itra[search]"'
    ) from error

ROWS = 50

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--trials", type=int, default=6)
options = parser.parse_args()
data = datasets.load("digits")
(x, y), validation = datasets.split(
    data.x_train, data.y_train, train_size=400, validation_size=400
)


def build(hp):
    """A model for one choice of the hyper-parameters."""
    # The same initial weights in every trial, so that these do not decide.
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 1))
    h = keras.layers.Flatten()(image)
    h = keras.layers.Dense(64, activation="relu")(h)
    classifier = keras.Model(image, keras.layers.Dense(data.num_classes)(h))
    model = keras_itra.ITRAModel.from_model(
        classifier,
        alignment=keras_itra.losses.ITRAAlignment(
            kernel=hp.Choice("kernel", ["gaussian", "laplacian", "linear"])
        ),
        alignment_weight=hp.Choice("weight", [0.0, 0.1, 0.3, 0.6, 1.0]),
        seed=0,
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


with tempfile.TemporaryDirectory() as folder:
    tuner = keras_tuner.RandomSearch(
        build,
        # The compiled loss alone: `val_loss` has no alignment in it.
        objective=keras_tuner.Objective("val_loss", direction="min"),
        max_trials=options.trials,
        seed=0,
        directory=folder,
        project_name="itra",
    )
    tuner.search(
        x,
        y,
        batch_size=ROWS,
        epochs=options.epochs,
        validation_data=validation,
        verbose=0,
    )
    trials = tuner.oracle.get_best_trials(options.trials)
    for trial in trials:
        print(f"validation {trial.score:.3f}: {trial.hyperparameters.values}")
    (best,) = tuner.get_best_hyperparameters(1)

# KerasTuner keeps the weights of the best epoch of a trial. Training again says
# more about the choice than that epoch does.
model = build(best)
model.fit(x, y, batch_size=ROWS, epochs=options.epochs, verbose=0)
loss, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
print(f"best: test cross-entropy {loss:.3f}, accuracy {accuracy:.3f}")
