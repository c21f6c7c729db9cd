"""Two and three replicas compute the Fourier form of one replica."""

import json

from tests.fresh_process import run

# Logical devices must be made before TensorFlow starts.
SCRIPT = """
import json
from tests.distribution.logical_devices import mirrored, scope_of
import keras, numpy as np, tensorflow as tf
from keras_itra import ITRAModel
from keras_itra.kernels import MeanBandwidth
from keras_itra.losses import FourierAlignment
from tests.models import cases

replicas = 3
strategy = mirrored(replicas)
rng = np.random.default_rng(0)
ROWS, CLASSES = 22, 4
x = rng.normal(size=(ROWS, 5)).astype("float32") + 3
# Classes unlike on the replicas; class 3 is in S2 only.
y = np.array([0] * 10 + [1, 2] * 6, "int32")
y[[1, 12]], y[21] = [1, 0], 3
soft = rng.dirichlet(np.ones(CLASSES), ROWS).astype("float32")
w = rng.uniform(0.3, 2, ROWS).astype("float32")
w[4] = 0
CUTS = [2, 14]  # uneven shards of whole pairs
worst = {}


def record(name, found, expected):
    error = np.abs(np.asarray(found) - expected).max()
    worst[name] = float(error / np.abs(expected).max())


def step(loss, y, x, w, count):
    with tf.GradientTape() as tape:
        tape.watch(x)
        terms = loss.terms(y, x, w)
        value = tf.reduce_sum(terms.rows)
        scaled = value / count  # as Keras does
    return value, terms.bandwidth, tape.gradient(scaled, x)


def shared(loss, y, x, w):
    shards = [np.split(a, CUTS) for a in (y, x, w)]
    values = strategy.experimental_distribute_values_from_function(
        lambda context: tuple(
            tf.constant(s[context.replica_id_in_sync_group]) for s in shards
        )
    )
    found = strategy.run(
        lambda batch: step(loss, *batch, replicas), args=(values,)
    )
    return [strategy.experimental_local_results(v) for v in found]


for name, labels, options in (
    ("conditional", y, {}),
    ("pooled", y, {"bandwidth": MeanBandwidth("pooled", "off_diagonal")}),
    ("present", y, {"class_average": "present", "rooted": False}),
    ("marginal", y, {"mode": "marginal"}),
    ("joint", y, {"mode": "joint"}),
    ("number", y, {"bandwidth": 4.0}),
    ("one-hot", np.eye(CLASSES, dtype="float32")[y], {}),
    ("soft", soft, {}),
    # One-hot but for the last row: the other replicas must know.
    ("one soft row", np.eye(CLASSES, dtype="float32")[y] * 0.0
     + np.concatenate([np.eye(CLASSES)[y][:-1], soft[-1:]])
     .astype("float32"), {}),
):
    with strategy.scope():
        loss = FourierAlignment(5, 64, num_classes=CLASSES, **options)
    single = FourierAlignment(5, 64, num_classes=CLASSES, **options)
    value, sigma, gradient = step(
        single, labels, tf.constant(x), tf.constant(w), 1
    )
    values, sigmas, gradients = shared(loss, labels, x, w)
    record(name + ", value", values, value)
    record(name + ", bandwidth", sigmas, sigma)
    record(name + ", gradient", np.concatenate(gradients), gradient)


def train(strategy, supervise, steps):
    keras.utils.set_random_seed(0)
    with scope_of(strategy):
        model = ITRAModel.from_model(
            cases.perceptron(), seed=0, supervise=supervise,
            alignment=FourierAlignment(8, 64), alignment_weight=2.0,
        )
        model.compile(
            optimizer=keras.optimizers.SGD(0.1),
            loss=cases.cross_entropy(),
            run_eagerly=strategy is None,
        )
    rows, labels = cases.draw(7 * steps)
    logs = model.fit(rows, labels, batch_size=7, verbose=0).history
    return [np.asarray(v.value) for v in model.trainable_variables], logs


strategy = mirrored(2)
for supervise, steps in (("both", 2), ("first", 20)):
    name = f"fit {supervise} {steps}"
    weights, logs = train(None, supervise, steps)
    ours, our_logs = train(strategy, supervise, steps)
    for index, (a, b) in enumerate(zip(ours, weights)):
        record(f"{name}, weight {index}", a, b)
    assert logs["alignment"][0] > 0.05
    for key in logs:
        record(f"{name}, {key}", our_logs[key], np.array(logs[key]))


def plain(strategy):
    keras.utils.set_random_seed(0)
    with scope_of(strategy):
        inputs = keras.Input((5,))
        h = keras.layers.Dense(8, activation="relu", name="features")(inputs)
        logits = keras.layers.Dense(3, name="logits")(h)
        model = keras.Model(inputs, {"features": h, "logits": logits})
        model.compile(
            optimizer=keras.optimizers.SGD(0.1),
            loss={"features": FourierAlignment(8, 64, num_classes=3),
                  "logits": cases.cross_entropy()},
            run_eagerly=strategy is None,
        )
    rows, labels = cases.draw(24)
    targets = {"features": labels, "logits": labels}
    logs = model.fit(
        rows, targets, batch_size=12, shuffle=False, verbose=0
    ).history
    return [np.asarray(v.value) for v in model.trainable_variables], logs


weights, logs = plain(None)
ours, our_logs = plain(strategy)
for index, (a, b) in enumerate(zip(ours, weights)):
    record(f"plain, weight {index}", a, b)
record("plain, loss", our_logs["loss"], np.array(logs["loss"]))
print(json.dumps(worst))
"""


def test_several_replicas_equal_one():
    worst = json.loads(run(SCRIPT).splitlines()[-1])
    assert len(worst) > 40
    for name, error in worst.items():
        tolerance = 1e-4 if " 20," in name else 1e-5
        assert error < tolerance, name
