"""Values in the logs, and a training that does not notice."""

import csv

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel, metrics
from keras_itra.callbacks import FeatureMonitor
from keras_itra.callbacks.tf_scalars import ScalarWriter
from tests.callbacks.cases import (
    Interrupt,
    InterruptionError,
    aligned,
    assert_identical,
    stateful,
    train,
)
from tests.models.cases import (
    compiled,
    draw,
    fit,
    one_hot,
    perceptron,
    wrapped,
)

pytestmark = pytest.mark.tensorflow

HELD_OUT = draw(21, seed=1)
LISTED = [metrics.scatter, metrics.expected_calibration_error]


class Batches(keras.utils.PyDataset):
    """The held-out rows in mini-batches of 8, with one-hot labels."""

    num_batches = 3

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        return HELD_OUT[0][rows], one_hot(HELD_OUT[1])[rows]


def shuffled():
    import tensorflow as tf

    # Rows and labels must be read in one pass, or they would not match.
    return tf.data.Dataset.from_tensor_slices(HELD_OUT).shuffle(21).batch(8)


def reference(model, layer="hidden"):
    """Scatter and calibration error of the model as it is now."""
    classifier = getattr(model, "wrapped", model)
    probe = keras.Model(
        classifier.inputs[0], classifier.get_layer(layer).output
    )
    features = np.array(probe(HELD_OUT[0], training=False))
    logits = np.array(classifier(HELD_OUT[0], training=False))
    return (
        metrics.scatter(features, HELD_OUT[1]),
        metrics.expected_calibration_error(logits, HELD_OUT[1]),
    )


class Reference(keras.callbacks.Callback):
    """What `reference` says after each step and each epoch."""

    def on_train_begin(self, logs=None):
        self.steps, self.epochs = [reference(self.model)], []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(reference(self.model))

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(reference(self.model))


@pytest.mark.parametrize("data", [lambda: HELD_OUT, Batches, shuffled])
@pytest.mark.parametrize("make", [wrapped, lambda: compiled(perceptron())])
def test_the_history_has_the_values_of_every_epoch(make, data):
    truth = Reference()
    monitor = FeatureMonitor(data(), LISTED, batch_size=5)
    history = fit(make(), *draw(), epochs=2, callbacks=[monitor, truth])
    np.testing.assert_allclose(
        list(zip(*(history[f"val_{m.__name__}"] for m in LISTED), strict=True)),
        truth.epochs,
        rtol=1e-5,
    )
    assert [m["step"] for m in monitor.measurements] == [0, 1, 2]
    assert monitor.measurements[0]["val_scatter"] == pytest.approx(
        truth.steps[0][0], rel=1e-5
    )


class Jitter(keras.layers.Layer):
    def call(self, x, training=None):
        if not training:
            return x
        return x + keras.random.normal(keras.ops.shape(x))


@pytest.mark.parametrize("unit", ["epochs", "steps"])
def test_training_does_not_notice(unit):
    """Dropout, batch norm, global generators, and a set that shuffles."""

    def make():
        # One layer draws from the generator of the process.
        layers = [*stateful().layers[:-1], Jitter(), keras.layers.Dense(3)]
        classifier = keras.Sequential([keras.Input((5,)), *layers])
        model = ITRAModel.from_model(classifier, seed=0)
        return compiled(model, run_eagerly=True)

    def data():
        return draw(20)

    def run(*others):
        return train(make, data, others=others, batch_size=5, epochs=2)

    plain, history = run()
    monitored, more = run(FeatureMonitor(shuffled(), LISTED, unit=unit))
    assert_identical(plain, monitored)
    assert {name: more[name] for name in history} == history


def test_values_are_repeated_in_between():
    truth = Reference()
    monitor = FeatureMonitor(HELD_OUT, [metrics.scatter], every=3)
    history = fit(wrapped(), *draw(), epochs=6, callbacks=[monitor, truth])
    scatters = [scatter for scatter, _ in truth.epochs]
    measured = [0, 0, 0, 3, 3, 5]
    np.testing.assert_allclose(
        history["val_scatter"], [scatters[e] for e in measured], rtol=1e-5
    )


def test_every_few_steps():
    truth, seen = Reference(), []
    monitor = FeatureMonitor(HELD_OUT, [metrics.scatter], every=2, unit="steps")
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda _, logs: seen.append(logs.get("val_scatter"))
    )
    history = fit(
        wrapped(),
        *draw(20),
        batch_size=4,
        epochs=2,
        callbacks=[monitor, watch, truth],
    )
    scatters = [scatter for scatter, _ in truth.steps]
    measured = [None, 2, 2, 4, 4, 6, 6, 8, 8, 10]
    expected = [None if m is None else scatters[m] for m in measured]
    assert seen[0] is None
    np.testing.assert_allclose(seen[1:], expected[1:], rtol=1e-5)
    np.testing.assert_allclose(
        history["val_scatter"], [scatters[4], scatters[10]], rtol=1e-5
    )
    assert [m["step"] for m in monitor.measurements] == [0, 2, 4, 6, 8, 10]


def test_an_epoch_shorter_than_the_interval_is_measured_once():
    monitor = FeatureMonitor(
        HELD_OUT, [metrics.scatter], every=100, unit="steps"
    )
    history = fit(
        wrapped(), *draw(20), batch_size=10, epochs=3, callbacks=[monitor]
    )
    assert [m["step"] for m in monitor.measurements] == [0, 2, 6]
    assert len(history["val_scatter"]) == 3


def test_callbacks_behind_it_see_the_values(tmp_path):
    table, best = tmp_path / "log.csv", tmp_path / "best.weights.h5"
    values = iter([0.0, 3.0, 1.0, 2.0, 2.0, 9.0])
    monitor = FeatureMonitor(HELD_OUT, {"fake": lambda labels: next(values)})
    stop = keras.callbacks.EarlyStopping(
        "val_fake", patience=2, mode="min", restore_best_weights=True
    )
    save = keras.callbacks.ModelCheckpoint(
        best,
        monitor="val_fake",
        mode="min",
        save_best_only=True,
        save_weights_only=True,
    )
    model = wrapped()
    history = fit(
        model,
        *draw(),
        epochs=5,
        callbacks=[monitor, stop, save, keras.callbacks.CSVLogger(table)],
    )
    # The untrained model's 0 is none to compare with.
    assert history["val_fake"] == [3.0, 1.0, 2.0, 2.0]
    assert stop.best_epoch == 1
    with table.open() as file:
        rows = [float(row["val_fake"]) for row in csv.DictReader(file)]
    assert rows == history["val_fake"]
    stopped = [np.array(w) for w in model.weights]
    model.load_weights(best)
    for a, b in zip(stopped, model.weights, strict=True):
        np.testing.assert_array_equal(a, np.array(b))


def test_a_repeated_value_is_no_improvement():
    values = iter([0.0, 3.0, 1.0, 0.5])
    monitor = FeatureMonitor(
        HELD_OUT, {"fake": lambda labels: next(values)}, every=3
    )
    stop = keras.callbacks.EarlyStopping("val_fake", patience=3, mode="min")
    history = fit(wrapped(), *draw(), epochs=7, callbacks=[monitor, stop])
    assert history["val_fake"] == [3.0, 3.0, 3.0, 1.0, 1.0, 1.0, 0.5]
    assert stop.stopped_epoch == 0


def test_the_progress_bar_shows_them(capsys):
    monitor = FeatureMonitor(HELD_OUT, [metrics.scatter])
    wrapped().fit(*draw(), verbose=2, callbacks=[monitor])
    assert "val_scatter: " in capsys.readouterr().out


def scalars(log_dir):
    """`(step, tag, value)` of all event files below a directory."""
    import tensorflow as tf

    found = []
    for file in log_dir.rglob("events.out.tfevents.*"):
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                number = tf.make_ndarray(value.tensor)
                if number.ndim == 0 and number.dtype == np.float32:
                    found.append((event.step, value.tag, float(number)))
    return found


def test_event_files(tmp_path):
    monitor = FeatureMonitor(
        HELD_OUT, [metrics.scatter], every=2, unit="steps", log_dir=tmp_path
    )
    fit(wrapped(), *draw(20), batch_size=5, epochs=2, callbacks=[monitor])
    assert [step for step, _, _ in scalars(tmp_path)] == [0, 2, 4, 6, 8]
    for (_, tag, value), measured in zip(
        scalars(tmp_path), monitor.measurements, strict=True
    ):
        assert tag == "val_scatter"
        assert value == pytest.approx(measured[tag])


def test_event_files_are_those_of_tensorboard(tmp_path):
    pytest.importorskip("tensorboard")
    import tensorflow as tf

    def metadata(log_dir):
        (file,) = log_dir.glob("events.out.tfevents.*")
        *_, last = tf.data.TFRecordDataset(str(file))
        return tf.compat.v1.Event.FromString(last.numpy()).summary.value[0]

    writer = ScalarWriter(tmp_path / "own")
    writer.write({"a": 2.0}, step=3)
    writer.close()
    with tf.summary.create_file_writer(str(tmp_path / "tf")).as_default(3):
        tf.summary.scalar("a", 2.0)
    assert metadata(tmp_path / "own") == metadata(tmp_path / "tf")


def test_the_tensorboard_of_keras(tmp_path):
    pytest.importorskip("tensorboard")
    monitor = FeatureMonitor(HELD_OUT, [metrics.scatter])
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    history = fit(wrapped(), *draw(), epochs=2, callbacks=[monitor, board])
    by_epoch = {
        step: value
        for step, tag, value in scalars(tmp_path / "validation")
        if tag == "epoch_scatter"
    }
    assert by_epoch == pytest.approx(dict(enumerate(history["val_scatter"])))


def test_metrics_that_compare_with_training_rows():
    monitor = FeatureMonitor(
        draw(),
        [metrics.nearest_class_mean_accuracy],
        train_data=draw(),
        prefix="train_",
    )
    history = fit(wrapped(), *draw(), callbacks=[monitor])
    assert 1 / 3 < history["train_nearest_class_mean_accuracy"][0] <= 1


def test_the_layer_can_be_named():
    truth = Reference()
    monitor = FeatureMonitor(
        HELD_OUT, [metrics.scatter], feature_layer="hidden"
    )
    history = fit(compiled(perceptron()), *draw(), callbacks=[monitor, truth])
    np.testing.assert_allclose(
        history["val_scatter"], [s for s, _ in truth.epochs], rtol=1e-5
    )


@keras.saving.register_keras_serializable(package="tests")
class Subclass(ITRAModel):
    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = keras.layers.Dense(4)
        self.logits = keras.layers.Dense(3)

    def extract_features(self, x, training=None):
        return self.hidden(x)

    def classify(self, features, training=None):
        return self.logits(features)


def test_a_subclass(tmp_path):
    model = compiled(Subclass(seed=0))
    monitor = FeatureMonitor(HELD_OUT, [metrics.scatter])
    history = fit(model, *draw(), callbacks=[monitor])
    features = np.array(model.extract_features(HELD_OUT[0]))
    assert history["val_scatter"][0] == pytest.approx(
        metrics.scatter(features, HELD_OUT[1]), rel=1e-5
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict(HELD_OUT[0], verbose=0),
        model.predict(HELD_OUT[0], verbose=0),
    )


def test_an_interrupted_run_measures_its_own_steps(tmp_path):
    """Steps that are replayed are not measured."""

    def run(*others, backup=None):
        return train(
            aligned,
            lambda: draw(20),
            backup,
            others=others,
            batch_size=5,
            epochs=3,
        )

    def monitor():
        return FeatureMonitor(HELD_OUT, LISTED, every=2, unit="steps")

    whole = monitor()
    run(whole)
    backup = {"directory": tmp_path, "save_freq": 2}
    with pytest.raises(InterruptionError):
        run(monitor(), Interrupt(7), backup=backup)
    resumed = monitor()
    run(resumed, backup=backup)
    # The first is that of the new weights, before the backup is read.
    assert resumed.measurements[1:] == whole.measurements[-4:]


def test_what_is_not_finite_does_not_end_the_training():
    model = wrapped(alignment_weight=0.0)
    explode = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: model.wrapped.layers[0].kernel.assign(
            np.full((5, 8), np.inf, "float32")
        )
    )
    monitor = FeatureMonitor(HELD_OUT, LISTED)
    history = fit(model, *draw(), epochs=1, callbacks=[explode, monitor])
    assert np.isnan(history["val_scatter"]).all()


def test_strings_for_a_task():
    pytest.importorskip("keras_hub")
    from tests.models.text_cases import draw_texts, task

    texts, labels = draw_texts()
    monitor = FeatureMonitor((texts, labels), [metrics.scatter], batch_size=5)
    model = wrapped(task())
    history = fit(model, texts, labels, callbacks=[monitor])
    network = model.wrapped.preprocessor
    features = np.array(model.extract_features(network(texts)))
    assert history["val_scatter"][0] == pytest.approx(
        metrics.scatter(features, np.array(labels)), rel=1e-4
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "`every`"),
        ({"unit": "batches"}, "`unit`"),
        ({"prefix": 3}, "`prefix`"),
        ({"batch_size": 0}, "`batch_size`"),
        ({"data": (HELD_OUT[0],)}, "inputs and labels"),
        ({"data": iter([HELD_OUT])}, "read again"),
        ({"metrics": [metrics.nearest_class_mean_accuracy]}, "`train_data`"),
        ({"train_data": HELD_OUT}, "`train_data`"),
    ],
)
def test_arguments_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        FeatureMonitor(
            **{"data": HELD_OUT, "metrics": [metrics.scatter], **options}
        )


def test_data_without_an_end_are_refused():
    with pytest.raises(ValueError, match="read again"):
        FeatureMonitor(shuffled().repeat(), LISTED)


@pytest.mark.parametrize(
    ("model", "monitor", "message"),
    [
        (wrapped, {"feature_layer": "hidden"}, "no `feature_layer`"),
        (wrapped, {"prefix": "", "metrics": {"loss": metrics.scatter}}, "logs"),
        (wrapped, {"metrics": [metrics.accuracy]}, "already"),
        (wrapped, {"data": (HELD_OUT[0], HELD_OUT[0][:, 0])}, "whole numbers"),
        (wrapped, {"data": (HELD_OUT[0], HELD_OUT[1][:3])}, "as many labels"),
        (
            lambda: compiled(perceptron(activation="softmax")),
            {"metrics": [metrics.expected_calibration_error]},
            "softmax",
        ),
        (lambda: compiled(perceptron()), {"feature_layer": "no"}, "layer of"),
    ],
)
def test_what_fit_refuses_before_an_epoch_is_over(model, monitor, message):
    arguments = {"data": HELD_OUT, "metrics": [metrics.scatter], **monitor}
    never = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: pytest.fail("an epoch was trained")
    )
    with pytest.raises(ValueError, match=message):
        fit(model(), *draw(), callbacks=[FeatureMonitor(**arguments), never])


def test_two_monitors_of_one_name_are_refused():
    model = compiled(perceptron())
    monitors = [FeatureMonitor(HELD_OUT, [metrics.scatter]) for _ in range(2)]
    with pytest.raises(ValueError, match=r"names=\['val_scatter'\]"):
        fit(model, *draw(), callbacks=monitors)
