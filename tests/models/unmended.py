"""Takes away one override of `DistributedTrainer` after the other.

`python -m tests.models.unmended`, on several workers.
"""

import contextlib
import json

import keras
import tensorflow as tf

from keras_itra.models.keras_compat import DistributedTrainer
from tests.models.cases import cross_entropy, draw, fit, wrapped


@contextlib.contextmanager
def without(override):
    """`DistributedTrainer` as if Keras needed no mending there."""
    method = getattr(DistributedTrainer, override)
    delattr(DistributedTrainer, override)
    try:
        yield
    finally:
        setattr(DistributedTrainer, override, method)


def main():
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    x, y = draw(13)

    def model():
        keras.utils.set_random_seed(0)
        with strategy.scope():
            return wrapped(run_eagerly=False)

    def trained():
        return fit(model(), x, y, batch_size=5)

    def evaluated():
        return model().evaluate(x, y, batch_size=8, verbose=0)[0]

    found = {
        "trained": trained(),
        "evaluated": evaluated(),
        "exact": float(cross_entropy()(y, model()(x))),
    }
    for override, attempt in (
        ("_maybe_symbolic_build", trained),
        ("train_step", trained),
        ("test_step", evaluated),
        ("_get_metrics_result_or_logs", evaluated),
    ):
        with without(override):
            try:
                found[override] = attempt()
            except (TypeError, ValueError, tf.errors.OpError) as error:
                found[override] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
