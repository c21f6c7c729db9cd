"""An interrupted run on two replicas; prints whether it ends alike.

`python -m tests.callbacks.replicas DIR`, in a process of its own.
"""

import sys
from pathlib import Path

import numpy as np

from tests.callbacks.cases import (
    Interrupt,
    InterruptionError,
    stateful,
    train,
    values,
)
from tests.distribution.logical_devices import mirrored
from tests.models.cases import draw, wrapped


def main(folder):
    strategy = mirrored(2)

    def model():
        with strategy.scope():
            return wrapped(stateful())

    def run(*others, seed=7, backup=None):
        return train(
            model,
            lambda: draw(22),
            backup,
            others=others,
            seed=seed,
            batch_size=4,
            epochs=2,
        )

    whole, history = run()
    backup = {"directory": folder, "save_freq": 1}
    try:
        run(Interrupt(9), backup=backup)
    except InterruptionError:
        resumed, rest = run(seed=8, backup=backup)
    same = [
        np.array_equal(a, b)
        for a, b in zip(values(whole), values(resumed), strict=True)
    ]
    logs = all(rest[name] == history[name][-1:] for name in rest)
    print(all(same), logs)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
