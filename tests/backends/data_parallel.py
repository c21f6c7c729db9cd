"""`keras.distribution.DataParallel` on two devices of JAX against one.

`python -m tests.backends.data_parallel` in a process of its own, with
`KERAS_BACKEND=jax`. Prints by how much the trained weights and logs differ.
"""

import json
import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np

from keras_itra.losses import WithinClassSpread
from tests.backends.training import batch_normalized, wrapped
from tests.models.cases import draw, fit

#: Options of the model, and rows: of 36, the last mini-batch has 4.
CASES = {
    "pairs": ({"forward": "separate", "pairing": "split"}, 32),
    "queue": ({"pairing": "queue", "memory_size": 12}, 36),
}


def train(options, rows):
    """Weights and logs."""
    x, y = draw(rows)
    model = wrapped(batch_normalized(), **options)
    logs = fit(model, x, y, batch_size=8, epochs=2)
    logs["evaluate"] = model.evaluate(x, y, batch_size=8, verbose=0)
    return [*map(np.array, model.weights), *map(np.array, logs.values())]


def refused():
    """The message about a mini-batch that does not divide."""
    try:
        train({"pairing": "none", "alignment": WithinClassSpread()}, rows=7)
    except ValueError as error:
        return str(error)
    return ""


def main():
    expected = {name: train(*case) for name, case in CASES.items()}
    devices = keras.distribution.list_devices()
    assert len(devices) == 2
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices)
    )
    report = {}
    for name, case in CASES.items():
        report[name] = max(
            float(np.abs(one - two).max())
            for one, two in zip(expected[name], train(*case), strict=True)
        )
    print(json.dumps({"differences": report, "refused": refused()}))


if __name__ == "__main__":
    main()
