"""Losses on the features other than the default, inside a training step."""

import keras
import numpy as np

from keras_itra.losses import (
    CenterLoss,
    FeatureLoss,
    ITRAAlignment,
    WithinClassSpread,
)
from tests import reference
from tests.models.cases import (
    NUM_CLASSES,
    WIDTH,
    compiled,
    draw,
    linear,
    one_hot,
    wrapped,
)


def test_spread_of_one_mini_batch():
    x, y = draw(12)
    model = wrapped(
        linear(), pairing="none", alignment=WithinClassSpread(),
        alignment_weight=0.5,
    )  # fmt: skip
    h = x @ np.array(model.trainable_weights[0], "float64")
    expected = reference.within_class_spread(h, one_hot(y), reference.Kernel())
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], expected, rtol=1e-5)


def test_centers_move_in_training_only_and_are_saved(tmp_path):
    x, y = draw(12)
    alignment = CenterLoss(NUM_CLASSES, 4, rate=0.5)
    model = wrapped(linear(), pairing="none", alignment=alignment)
    h = x @ np.array(model.trainable_weights[0], "float64")
    model.train_on_batch(x, y)
    sums = one_hot(y).T @ h
    expected = 0.5 * sums / (1 + one_hot(y).sum(0))[:, None]
    np.testing.assert_allclose(
        np.array(alignment.centers), expected, rtol=1e-4, atol=1e-6
    )
    moved = np.array(alignment.centers)
    model.evaluate(x, y, verbose=0)
    model.predict(x, verbose=0)
    np.testing.assert_array_equal(np.array(alignment.centers), moved)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(np.array(loaded.alignment.centers), moved)


def test_regularizers_and_added_losses_are_kept():
    x, y = draw(12)
    net = keras.Sequential(
        [
            keras.Input((WIDTH,)),
            keras.layers.Dense(
                4, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.5)
            ),
            keras.layers.ActivityRegularization(l2=0.1),
            keras.layers.Dense(NUM_CLASSES),
        ]
    )
    model = wrapped(net)
    w = np.array(model.trainable_weights[0], "float64")
    plain = compiled(keras.Sequential(net.layers[-1:]))
    h = x @ w
    # The activity regularizer belongs to the head, which sees S1.
    penalty = 0.5 * (w**2).sum() + 0.1 * (h[0::2] ** 2).sum() / 6
    cross_entropy = plain.evaluate(h[0::2], y[0::2], verbose=0)[0]
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(
        logs["supervised_loss"], cross_entropy + penalty, rtol=1e-5
    )


def test_a_users_own_feature_loss():
    class Norm(FeatureLoss):
        uses_classes = False

        def terms(self, labels, features, sample_weight=None):
            terms = ITRAAlignment("marginal").terms(labels, features)
            rows = keras.ops.mean(keras.ops.square(features), axis=1)
            return terms._replace(rows=rows / rows.shape[0])

    x, y = draw(12)
    model = wrapped(linear(), alignment=Norm("norm"))
    h = x @ np.array(model.trainable_weights[0], "float64")
    logs = model.train_on_batch(x, y, return_dict=True)
    np.testing.assert_allclose(logs["alignment"], (h**2).mean(), rtol=1e-5)
