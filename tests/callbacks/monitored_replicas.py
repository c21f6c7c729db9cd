"""Monitors on two replicas; prints whether they see the trained features.

`python -m tests.callbacks.monitored_replicas DIR`, in a process of its own.
"""

import sys
from pathlib import Path

import numpy as np

from keras_itra import metrics
from keras_itra.callbacks import (
    AlignmentCheck,
    AlignmentWeightController,
    AlignmentWeightSchedule,
    FeatureMonitor,
    ProjectorSnapshots,
    linear_ramp,
)
from tests.callbacks.cases import stateful, train, values
from tests.distribution.logical_devices import mirrored
from tests.models.cases import draw, wrapped


def main(folder):
    strategy = mirrored(2)
    x, y = draw(31, seed=1)

    def model():
        with strategy.scope():
            return wrapped(stateful())

    def run(*others):
        return train(
            model, lambda: draw(22), others=others, batch_size=4, epochs=2
        )

    ramp = AlignmentWeightSchedule(linear_ramp(0.6, 1))
    plain, _ = run(ramp)
    streaming = metrics.Scatter(3, 8, name="streaming")
    monitored, history = run(
        ramp,
        FeatureMonitor((x, y), [metrics.scatter, streaming], batch_size=7),
        ProjectorSnapshots(folder, (x, y)),
        AlignmentCheck((x, y)),
    )
    same = map(np.array_equal, values(plain), values(monitored))
    features = np.array(monitored.feature_model(x, training=False))
    truth = metrics.scatter(features, y)
    for name in ("val_scatter", "val_streaming"):
        np.testing.assert_allclose(history[name][-1], truth, rtol=1e-5)
    written = np.loadtxt(folder / "epoch_00001.tsv")
    np.testing.assert_allclose(written, features, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(history["alignment_weight"], [0.3, 0.6])
    try:
        run(AlignmentWeightController(draw(22)))
    except ValueError as error:
        refused = "one device" in str(error)
    print(all(same), refused)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
