"""Loses worker 1 in the middle of an epoch.

`python -m tests.distribution.worker_lost SIGNAL`, on several workers, which
print how many seconds they have waited for the lost one.
"""

import os
import sys
import time

import keras
import tensorflow as tf

from tests.models.cases import draw, fit, wrapped


def main(number):
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    last = time.monotonic()

    class Leave(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            nonlocal last
            last = time.monotonic()
            if strategy.cluster_resolver.task_id == 1 and batch == 2:
                os.kill(os.getpid(), number)

    with strategy.scope():
        model = wrapped(run_eagerly=False)
    try:
        fit(model, *draw(37), batch_size=8, epochs=9999, callbacks=[Leave()])
    finally:
        print(time.monotonic() - last)


if __name__ == "__main__":
    main(int(sys.argv[1]))
