"""Train on several machines, and go on when one of them dies.

On two machines that see each other and share a folder, as 10.0.0.1 and
10.0.0.2, run the same script with the same data:

    # on the first, which is the chief
    export TF_CONFIG='{"cluster": {"worker": ["10.0.0.1:2222",
      "10.0.0.2:2222"]}, "task": {"type": "worker", "index": 0}}'
    until python multi_worker.py --out /shared/run; do sleep 30; done

    # on the second
    export TF_CONFIG='{"cluster": {"worker": ["10.0.0.1:2222",
      "10.0.0.2:2222"]}, "task": {"type": "worker", "index": 1}}'
    until python multi_worker.py --out /shared/run; do sleep 30; done

When one is lost the other ends with an error within a minute, and both start
again from the last backup.

`--workers 2` runs two processes on this machine, and starts all of them again
when one dies; `--kill-worker 1 --after 20` shows it. `--workers 1 2 3` trains
with one, two and three and compares the weights.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STARTS = 4
TOLERANCE = 1e-5
STEPS_BETWEEN_BACKUPS = 10


def train(options):
    """What every worker does."""
    import tensorflow as tf

    strategy, worker = tf.distribute.get_strategy(), 0
    if "TF_CONFIG" in os.environ:
        # Before anything else of TensorFlow: it connects the workers.
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        worker = strategy.cluster_resolver.task_id

    import keras

    import keras_itra
    from keras_itra import datasets

    data = datasets.load("digits")
    keras.utils.set_random_seed(0)
    with strategy.scope():
        image = keras.Input((8, 8, 1))
        h = keras.layers.Flatten()(image)
        h = keras.layers.Dense(64, use_bias=False)(h)
        # Statistics of the whole mini-batch, not of each worker's share.
        h = keras.layers.BatchNormalization(synchronized=True)(h)
        h = keras.layers.ReLU()(h)
        logits = keras.layers.Dense(data.num_classes)(h)
        model = keras_itra.ITRAModel.from_model(
            keras.Model(image, logits),
            seed=0,  # Drawn at random, it would differ between workers.
        )
        model.compile(
            optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

    class Watch(keras.callbacks.Callback):
        """Says where training starts; kills its worker when told to."""

        @property
        def step(self):
            iterations = self.model.optimizer.iterations
            return int(keras.ops.convert_to_numpy(iterations))

        def on_train_begin(self, logs=None):
            # At once: the workers write to the same place.
            print(f"worker {worker} starts at step {self.step}\n", end="")

        def on_train_batch_end(self, batch, logs=None):
            if worker == options.kill_worker and self.step == options.after:
                os.kill(os.getpid(), signal.SIGKILL)

    model.fit(
        data.x_train,
        data.y_train,
        batch_size=100,  # of all workers together
        epochs=options.epochs,
        verbose=0,
        callbacks=[
            keras_itra.callbacks.ExactBackup(
                options.out / "backup", save_freq=STEPS_BETWEEN_BACKUPS
            ),
            Watch(),
        ],
    )
    loss, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
    # All save, because reading variables may need all; one file is kept.
    with tempfile.TemporaryDirectory() as folder:
        model.save((Path(folder) if worker else options.out) / "model.keras")
    if worker == 0:
        print(f"test accuracy {accuracy:.3f}, cross-entropy {loss:.3f}")


def supervise(count, options):
    """Run all workers on this machine; if one dies, start all again."""
    kill = [f"--kill-worker={options.kill_worker}", f"--after={options.after}"]
    for start in range(STARTS):
        died = run_workers(count, options, [] if start else kill)
        if died is None:
            return
        print(f"worker {died} died at start {start + 1} of {STARTS}")
    sys.exit(f"gave up after {STARTS} starts of all workers")


def run_workers(count, options, arguments):
    """The index of the worker that died first, or None."""
    command = [sys.executable, __file__, *arguments]
    command += [f"--epochs={options.epochs}", f"--out={options.out}"]
    with contextlib.ExitStack() as stack:
        workers = []
        for variables in configurations(count):
            environment = {**os.environ, **variables}
            workers.append(subprocess.Popen(command, env=environment))
            # The others wait for the dead one, or hang: none is left.
            stack.callback(workers[-1].wait)
            stack.callback(workers[-1].kill)
        while True:
            codes = [worker.poll() for worker in workers]
            if any(codes):
                return next(i for i, code in enumerate(codes) if code)
            if None not in codes:
                return None
            time.sleep(0.2)


def configurations(count):
    """`TF_CONFIG` of every worker, on ports that are free now."""
    if count == 1:
        return [{}]
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    cluster = {"worker": [f"localhost:{s.getsockname()[1]}" for s in sockets]}
    for opened in sockets:
        opened.close()
    tasks = [{"type": "worker", "index": index} for index in range(count)]
    places = [{"cluster": cluster, "task": task} for task in tasks]
    return [{"TF_CONFIG": json.dumps(place)} for place in places]


def largest_difference(path, other):
    """Largest difference between the weights of two saved models."""
    import keras
    import numpy as np

    import keras_itra  # noqa: F401  its classes are in the files

    pairs = zip(
        keras.models.load_model(path).get_weights(),
        keras.models.load_model(other).get_weights(),
        strict=True,
    )
    return max(float(np.max(np.abs(a - b))) for a, b in pairs)


def main():
    """Train, or run those who do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, help="folder for all workers")
    parser.add_argument("--workers", type=int, nargs="+", metavar="N")
    parser.add_argument("--kill-worker", type=int, default=-1)
    parser.add_argument("--after", type=int, default=1, metavar="STEPS")
    options = parser.parse_args()
    # Workers and supervisor write to one terminal or pipe.
    sys.stdout.reconfigure(line_buffering=True)
    if "TF_CONFIG" in os.environ and options.out is None:
        parser.error("workers need the same --out")
    with tempfile.TemporaryDirectory() as folder:
        options.out = options.out or Path(folder)
        if options.workers is None:
            train(options)
            return
        out, paths = options.out, []
        for count in options.workers:
            options.out = out / str(count)
            options.out.mkdir(parents=True, exist_ok=True)
            print(f"{count} worker(s)")
            supervise(count, options)
            paths.append(options.out / "model.keras")
        for count, path in zip(options.workers[1:], paths[1:], strict=True):
            difference = largest_difference(paths[0], path)
            print(
                f"weights after {count} workers against {options.workers[0]}: "
                f"largest difference {difference:.1e}"
            )
            if not difference <= TOLERANCE:
                sys.exit(f"more than {TOLERANCE}")


if __name__ == "__main__":
    main()
