"""The loss alone: a compiled network, fed by `pair_batches`, end to end."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_itra import discrepancies
from keras_itra.data import PairedBatches, pair_batches
from keras_itra.losses import CenterLoss, ITRAAlignment
from tests.data.networks import (
    NUM_CLASSES,
    WIDTH,
    classifier_of,
    cross_entropy,
    network,
    problem,
)
from tests.data.rows import ArrayBatches, read
from tests.fresh_process import run

M = 8
SUPERVISE = ("logits", "first")


def pairs(feed, x, y, **options):
    """Paired mini-batches of a network's data, fed in one of three ways."""
    arrays = x, {"logits": y, "features": y}
    options = {"supervise": SUPERVISE, "seed": 1, **options}
    if feed == "arrays":
        return pair_batches(arrays, M, y, **options)
    source = (
        ArrayBatches(arrays, M)
        if feed == "PyDataset"
        else tf.data.Dataset.from_tensor_slices(arrays).batch(M)
    )
    return pair_batches(source, labels="logits", **options)


def fit(net, batches, epochs=1):
    options = {"shuffle": False, "verbose": 0}
    return net.fit(batches, epochs=epochs, **options).history


@pytest.mark.parametrize(
    ("feed", "pairing", "one_hot"),
    [
        ("arrays", "independent", False),
        ("arrays", "split", True),
        ("tf.data", "independent", True),
        ("tf.data", "split", False),
        ("PyDataset", "independent", False),
        ("PyDataset", "split", True),
    ],
)
def test_loss_of_a_step_is_the_one_worked_by_hand(feed, pairing, one_hot):
    x, y = problem(rows=M, one_hot=one_hot)
    net = network(one_hot=one_hot)
    batches = pairs(feed, x, y, pairing=pairing)
    ((inputs, targets, _),) = read(pairs(feed, x, y, pairing=pairing))
    outputs = {k: np.array(v) for k, v in net(inputs).items()}
    labels = targets["logits"].argmax(1) if one_hot else targets["logits"]
    logits = outputs["logits"][0::2]
    log_norm = np.log(np.exp(logits).sum(1))
    own = logits[np.arange(len(logits)), labels[0::2]]
    alignment = discrepancies.conditional_mmd(
        outputs["features"][0::2],
        labels[0::2],
        outputs["features"][1::2],
        labels[1::2],
        num_classes=NUM_CLASSES,
        class_average="all" if one_hot else "present",
    )
    history = fit(net, batches)
    np.testing.assert_allclose(
        history["logits_loss"], np.mean(log_norm - own), rtol=1e-5
    )
    np.testing.assert_allclose(history["features_loss"], alignment, rtol=1e-5)
    np.testing.assert_allclose(
        history["loss"],
        np.mean(log_norm - own) + 0.6 * np.array(alignment),
        rtol=1e-5,
    )


@pytest.mark.parametrize("one_hot", [False, True])
def test_without_alignment_the_weights_are_those_of_plain_keras(one_hot):
    x, y = problem(one_hot=one_hot)  # three steps, the last of six rows
    net = network(weight=0.0, one_hot=one_hot)
    plain = classifier_of(net, one_hot)
    start = net.get_weights()
    fit(net, pairs("arrays", x, y))
    fit(plain, PairedBatches((x, y), M, pairing="none", seed=1))
    for trained, expected, before in zip(
        net.get_weights(), plain.get_weights(), start, strict=True
    ):
        np.testing.assert_allclose(trained, expected, atol=1e-6)
        assert np.abs(trained - before).max() > 1e-3


def test_without_alignment_a_dataset_trains_like_plain_keras():
    x, y = problem(rows=21)
    net = network(weight=0.0)
    plain = classifier_of(net)
    fit(net, pairs("tf.data", x, y), epochs=2)
    fit(plain, tf.data.Dataset.from_tensor_slices((x, y)).batch(M), epochs=2)
    for trained, expected in zip(
        net.get_weights(), plain.get_weights(), strict=True
    ):
        np.testing.assert_allclose(trained, expected, atol=1e-6)


def test_step_goes_down_the_gradient_through_both_mini_batches():
    x, y = problem(rows=M)
    net = network(weight=2.0)
    ((inputs, targets, _),) = read(pairs("arrays", x, y))
    labels = targets["logits"]
    with tf.GradientTape() as tape:
        outputs = net(inputs)
        h = outputs["features"]
        loss = cross_entropy()(labels[0::2], outputs["logits"][0::2])
        loss += 2 * discrepancies.conditional_mmd(
            h[0::2],
            labels[0::2],
            h[1::2],
            labels[1::2],
            class_average="present",
        )
    gradients = tape.gradient(loss, net.trainable_variables)
    start = net.get_weights()
    fit(net, pairs("arrays", x, y))
    for before, gradient, after in zip(
        start, gradients, net.get_weights(), strict=True
    ):
        np.testing.assert_allclose(after, before - 0.1 * gradient, atol=1e-6)


_CONTINUE = """
import sys
import keras, numpy as np
import keras_itra
model, data, result = sys.argv[1:]
data = np.load(data)
x, y = data["x"], data["y"]
net = keras.models.load_model(model)
before = net(x)
batches = keras_itra.data.pair_batches(
    (x, {"logits": y, "features": y}), 8, y,
    supervise=("logits", "first"), seed=1, initial_epoch=2,
)
net.fit(batches, epochs=2, shuffle=False, verbose=0)
np.savez(
    result,
    logits=before["logits"],
    features=before["features"],
    after=net(x)["logits"],
)
"""


def test_saved_network_goes_on_in_a_fresh_process(tmp_path):
    x, y = problem()
    loss = ITRAAlignment(kernel="laplacian", num_classes=NUM_CLASSES)
    net = network(loss, run_eagerly=False)
    batches = pairs("arrays", x, y)
    fit(net, batches, epochs=2)
    before = net(x)
    files = [tmp_path / name for name in ("net.keras", "data.npz", "out.npz")]
    net.save(files[0])
    np.savez(files[1], x=x, y=y)
    run(_CONTINUE, *files)
    fit(net, batches, epochs=2)
    with np.load(files[2]) as found:
        for name in ("logits", "features"):
            np.testing.assert_allclose(found[name], before[name], atol=1e-6)
        after = np.array(net(x)["logits"])
        np.testing.assert_allclose(found["after"], after, atol=1e-5)
    assert np.abs(after - before["logits"]).max() > 1e-2


def test_centers_of_a_compiled_loss_are_saved(tmp_path):
    x, y = problem()
    net = network(CenterLoss(NUM_CLASSES, WIDTH))
    fit(net, pairs("arrays", x, y))
    centers = np.array(net.loss["features"].centers)
    assert np.abs(centers).max() > 1e-3
    net.save(tmp_path / "net.keras")
    copy = keras.models.load_model(tmp_path / "net.keras")
    np.testing.assert_array_equal(copy.loss["features"].centers, centers)
    batches = pairs("arrays", x, y, initial_epoch=1)
    found = fit(copy, batches, epochs=2)["features_loss"]
    expected = fit(net, pairs("arrays", x, y, initial_epoch=1), epochs=2)
    np.testing.assert_allclose(found, expected["features_loss"], rtol=1e-5)
