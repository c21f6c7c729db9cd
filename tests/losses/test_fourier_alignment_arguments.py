"""FourierAlignment: what it refuses, what it survives, what it saves."""

import inspect

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.kernels import MeanBandwidth, MedianBandwidth
from keras_itra.losses import FourierAlignment
from tests.cases import BAD_INPUT, NUM_CLASSES
from tests.fresh_process import run
from tests.gradients import assert_gradient, value_and_gradients
from tests.losses.alignment_cases import draw
from tests.losses.fourier_cases import MODES
from tests.models import cases

LABELS, X = draw(rows=24, width=4)


def make(mode="conditional", **options):
    return FourierAlignment(
        4, 64, mode, **{"num_classes": NUM_CLASSES, **options}
    )


DEGENERATE = {
    "one row": (LABELS[:1], X[:1]),
    "two rows": (LABELS[:2], X[:2]),
    "three rows": (LABELS[:3], X[:3]),
    "all zero": (LABELS, 0 * X),
    "constant": (LABELS, np.full_like(X, 0.1)),
    "classes collapsed": (LABELS, np.eye(4, dtype="float32")[LABELS] * 1e3),
    "no shared class": (np.arange(24) % 2, X),
    "one class": (0 * LABELS, X),
    "unknown label": (np.where(LABELS == 1, NUM_CLASSES + 3, LABELS), X),
    "scale 1e-20": (LABELS, 1e-20 * X),
    "scale 1e20": (LABELS, 1e20 * X),
    "offset 1e6": (LABELS, X + 1e6),
    "one outlier": (LABELS, np.where(np.arange(24)[:, None] == 5, 1e12, X)),
}


@pytest.mark.parametrize("case", DEGENERATE)
@pytest.mark.parametrize("mode", MODES)
def test_finite(mode, case):
    labels, features = DEGENERATE[case]
    features = features.astype("float32")
    for options in ({}, {"rooted": False}, {"bandwidth": 1.0}):
        loss = make(mode, **options)
        for weight in (1.0, 0.0):
            weights = np.full(len(features), weight)
            value, gradient = value_and_gradients(
                lambda x: loss(labels, x, sample_weight=weights),  # noqa: B023
                features,
            )
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()
            assert weight or value == 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", ["coinciding", "collapsed", "S2 empty"])
def test_value_and_gradient_zero(mode, case):
    labels, features = LABELS.copy(), X.copy()
    labels[1::2], features[1::2] = labels[::2], features[::2]
    if case == "collapsed":
        features = 0.1 * labels[:, None] + np.zeros_like(X)
    if case == "S2 empty":
        labels, features = labels[:1], features[:1]
    for result in value_and_gradients(
        lambda x: make(mode)(labels, x), features
    ):
        np.testing.assert_array_equal(result, 0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", [lambda x: 1e10 * x, lambda x: x + 1e3])
def test_scale_and_offset_of_the_features_do_not_matter(mode, change):
    features = np.round(8 * X) / 8  # with an offset still exact in float32
    expected = make(mode)(LABELS, features)
    value = make(mode)(LABELS, change(features))
    np.testing.assert_allclose(value, expected, rtol=1e-4)


def test_config_round_trip():
    loss = make(
        "joint",
        bandwidth=MeanBandwidth(scope="pooled", pairs="off_diagonal"),
        multipliers=(1, 3),
        rooted=False,
        class_average="present",
        seed=5,
        name="light",
    )
    config = keras.saving.serialize_keras_object(loss)
    assert config["registered_name"] == "keras_itra>FourierAlignment"
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, FourierAlignment)
    assert copy.get_config() == loss.get_config()
    np.testing.assert_array_equal(copy(LABELS, X), loss(LABELS, X))


def test_there_is_no_choice_to_gather():
    assert make().gather is False
    assert "gather" not in inspect.signature(FourierAlignment).parameters
    assert "gather" not in make().get_config()


@pytest.mark.parametrize("bandwidth", ["median", MedianBandwidth()])
def test_the_median_is_refused_with_a_reason(bandwidth):
    with pytest.raises(ValueError, match=BAD_INPUT) as refused:
        make(bandwidth=bandwidth)
    assert "median cannot be had from sums" in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"feature_dim": 0},
        {"feature_dim": None},
        {"dim": 63},
        {"mode": "both"},
        {"bandwidth": 0.0},
        {"bandwidth": "rms"},
        {"multipliers": ()},
        {"class_average": "most"},
        {"num_classes": 0},
        {"seed": 0.5},
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match=BAD_INPUT):
        FourierAlignment(**{"feature_dim": 4, "dim": 64, **arguments})


@pytest.mark.parametrize(
    ("labels", "features"),
    [(LABELS, X[:, :3]), (LABELS[1:], X), (np.zeros((24, 2, 2)), X)],
    ids=["width", "rows", "rank"],
)
def test_bad_shapes_are_refused(labels, features):
    with pytest.raises(ValueError, match=BAD_INPUT):
        make()(labels, features)


def aligned(**options):
    options = {"alignment": FourierAlignment(8, 32, seed=4), **options}
    return cases.compiled(
        ITRAModel.from_model(cases.perceptron(), seed=0, **options)
    )


LOADING = """
import sys, keras, numpy as np
import keras_itra
from tests.models.cases import draw

model = keras.models.load_model(sys.argv[1])
x, y = draw()
logs = model.fit(x, y, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
np.savez(sys.argv[2], *[np.asarray(w) for w in model.weights])
"""


def test_a_saved_model_goes_on_in_a_fresh_process(tmp_path):
    x, y = cases.draw()
    model = aligned()
    frequencies = model.alignment.random_features.frequencies
    frequencies.assign(0.5 * frequencies)  # what is saved counts
    model.fit(x, y, batch_size=8, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    history = model.fit(
        x, y, batch_size=8, epochs=2, initial_epoch=1, verbose=0
    ).history
    assert history["alignment"][0] > 0.01
    run(LOADING, tmp_path / "model.keras", tmp_path / "weights.npz")
    loaded = np.load(tmp_path / "weights.npz")
    assert len(loaded.files) == len(model.weights)
    for name, weight in zip(loaded.files, model.weights, strict=True):
        np.testing.assert_allclose(loaded[name], np.asarray(weight), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_a_step_in_half_precision(dtype):
    x, y = cases.draw()

    def step(policy):
        keras.utils.set_random_seed(1)
        keras.config.set_dtype_policy(policy)
        # The alignment counts for more than the supervised loss.
        model = aligned(alignment_weight=5.0)
        before = [np.array(w) for w in model.trainable_weights]
        logs = model.train_on_batch(x, y, return_dict=True)
        after = [np.array(w) for w in model.trainable_weights]
        moved = [b - a for a, b in zip(before, after, strict=True)]
        return logs["alignment"], np.concatenate([m.ravel() for m in moved])

    expected, direction = step("float32")
    value, moved = step(dtype)
    assert expected > 0.1
    tolerance = 0.01 if dtype == "mixed_float16" else 0.05
    np.testing.assert_allclose(value, expected, rtol=tolerance)
    assert_gradient(moved, direction, tolerance)


def test_compiled_into_a_model_of_ones_own():
    inputs = keras.Input((4,))
    features = keras.layers.Dense(4, use_bias=False, name="features")(inputs)
    model = keras.Model(inputs, {"features": features})
    model.compile(
        optimizer=keras.optimizers.SGD(0.0), loss={"features": make()}
    )
    found = model.evaluate(X, {"features": LABELS}, batch_size=24, verbose=0)
    expected = make()(LABELS, model.predict(X, verbose=0)["features"])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    history = model.fit(
        X, {"features": LABELS}, batch_size=24, shuffle=False, verbose=0
    ).history
    np.testing.assert_allclose(history["loss"][0], expected, rtol=1e-5)


OTHER_BACKEND = """
import os
os.environ["KERAS_BACKEND"] = "jax"
import sys, numpy as np
import keras_itra

assert "tensorflow" not in sys.modules
rows = np.load(sys.argv[1])
loss = keras_itra.losses.FourierAlignment(4, 64, num_classes=4)
print(float(loss(rows["labels"], rows["x"])))
"""


def test_the_same_under_another_backend(tmp_path):
    np.savez(tmp_path / "rows.npz", labels=LABELS, x=X)
    value = float(run(OTHER_BACKEND, tmp_path / "rows.npz"))
    np.testing.assert_allclose(value, make()(LABELS, X), rtol=1e-5)
