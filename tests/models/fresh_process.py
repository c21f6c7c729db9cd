"""Loads models in a fresh process: `python -m tests.models.fresh_process DIR`.

For every `NAME.keras` in DIR: predicts, exports the inference model, trains a
second epoch, and writes what came out to `NAME.npz`.
"""

import sys
from pathlib import Path

import keras
import numpy as np

import keras_itra
from tests.models.cases import CAN_EXPORT, draw


def main(folder):
    x, y = draw()
    for path in sorted(folder.glob("*.keras")):
        custom = {}
        if path.stem.startswith("unregistered"):
            from tests.models.subclasses import Explicit

            custom = {"Explicit": Explicit}
        elif path.stem.startswith("subclass"):
            import tests.models.subclasses  # noqa: F401 registers them
        model = keras.models.load_model(path, custom_objects=custom)
        assert isinstance(model, keras_itra.ITRAModel)
        found = {"prediction": model.predict(x, verbose=0)}
        found["weight"] = np.array(model.alignment_weight)
        inference = model.inference_model()
        if CAN_EXPORT:
            inference.export(folder / path.stem, verbose=False)
        found["inference"] = inference.predict(x, verbose=0)
        history = model.fit(
            x, y, batch_size=8, epochs=2, initial_epoch=1, verbose=0
        ).history
        found |= {f"history/{name}": history[name] for name in history}
        for index, weight in enumerate(model.weights):
            found[f"weights/{index}"] = np.array(weight)
        np.savez(path.with_suffix(".npz"), **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
