"""Exchange between replicas: values of all, gradient for the own rows."""

import keras

from keras_itra.distribution import (
    gather_rows,
    replica_count,
    sum_over_replicas,
)
from tests.fresh_process import run


def test_one_replica_exchanges_nothing():
    tensors = {"a": keras.ops.ones((3, 2)), "b": None}
    assert gather_rows(tensors) is tensors
    assert sum_over_replicas(tensors["a"]) is tensors["a"]
    assert replica_count() == 1


SCRIPT = """
from tests.distribution.logical_devices import mirrored
import numpy as np
import tensorflow as tf
from keras_itra.distribution import *


def exchange(replicas):
    strategy = mirrored(replicas)
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(5 * replicas, 4)).astype("float32")
    parts = np.split(whole, np.arange(1, replicas) * 4)  # of unequal lengths
    weights = rng.normal(size=whole.shape).astype("float32")

    def of_replicas(make):
        return strategy.experimental_distribute_values_from_function(
            lambda context: make(context.replica_id_in_sync_group)
        )

    def step(part, number):
        nested = {
            "rows": part,
            "mask": [part[:, 0] > 0, None],
            "labels": (tf.cast(part[:, 0] * 100, tf.int64),),
        }
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([part, number])
            gathered = gather_rows(nested)
            # Divided as Keras does.
            loss = tf.reduce_sum(gathered["rows"] ** 3 * weights) / replicas
            total = sum_over_replicas(number)
            square = total**2 / replicas
        return (
            gathered,
            tape.gradient(loss, part),
            total,
            tape.gradient(square, number),
            tf.constant(replica_count()),
        )

    arguments = (
        of_replicas(lambda i: tf.constant(parts[i])),
        of_replicas(lambda i: tf.constant(float(i + 1))),
    )
    for run in (strategy.run, tf.function(strategy.run)):
        results = run(step, args=arguments)
        start, total = 0, replicas * (replicas + 1) / 2
        for i in range(replicas):
            gathered, gradient, summed, slope, count = tf.nest.map_structure(
                lambda v: v
                if v is None
                else strategy.experimental_local_results(v)[i],
                results,
            )
            np.testing.assert_array_equal(gathered["rows"], whole)
            np.testing.assert_array_equal(gathered["mask"][0], whole[:, 0] > 0)
            assert gathered["mask"][0].dtype == tf.bool
            assert gathered["mask"][1] is None
            labels = (whole[:, 0] * 100).astype("int64")
            np.testing.assert_array_equal(gathered["labels"][0], labels)
            stop = start + len(parts[i])
            expected = 3 * whole[start:stop] ** 2 * weights[start:stop]
            np.testing.assert_allclose(gradient, expected, rtol=1e-5)
            start = stop
            assert float(summed) == total
            np.testing.assert_allclose(slope, 2 * total, rtol=1e-6)
            assert int(count) == replicas


exchange(2)
exchange(3)
"""


def test_values_are_of_all_replicas_and_gradients_of_the_whole():
    run(SCRIPT)


PER_REPLICA = """
from tests.distribution.logical_devices import mirrored
import numpy as np
from keras_itra.losses import ITRAAlignment
from tests.distribution.gradients import *
from tests.distribution.networks import draw

def alignment(gather):
    return ITRAAlignment("marginal", gather=gather)

x, y = draw(20)
strategy = mirrored(2)
model = model_of(strategy, alignment=alignment(False))
logs, gradients = loss_and_gradients(model, (x, y), strategy)
parts = [
    loss_and_gradients(model_of(None, alignment=alignment(True)), shard)
    for shard in ((x[:10], y[:10]), (x[10:], y[10:]))
]
mean = np.mean([part[0]["alignment"] for part in parts])
np.testing.assert_allclose(logs["alignment"], mean, rtol=1e-5)
expected = [np.mean(pair, axis=0) for pair in zip(*(p[1] for p in parts))]
assert difference(gradients, expected) < 1e-5
exact = loss_and_gradients(model_of(None), (x, y))
assert abs(exact[0]["alignment"] - mean) > 0.01, "the same estimator?"
print("mean of shards")
"""


def test_without_gather_the_alignment_is_the_mean_of_the_shards():
    assert run(PER_REPLICA).endswith("mean of shards\n")
