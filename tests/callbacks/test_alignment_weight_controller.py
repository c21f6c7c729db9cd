import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.callbacks import AlignmentWeightController
from keras_itra.callbacks.alignment_weight_controller import next_weight
from keras_itra.diagnostics import alignment_share
from tests.callbacks.cases import aligned, assert_resumes
from tests.models.cases import compiled, draw, fit, perceptron, wrapped

pytestmark = pytest.mark.tensorflow

DATA = draw(24)


def controller(**options):
    defaults = {"batch_size": 12, "every": 2, "smoothing": 0.0}
    wide = {"min_weight": 1e-6, "max_weight": 1e6}
    return AlignmentWeightController(DATA, **{**defaults, **wide, **options})


class Shares(keras.callbacks.Callback):
    """Share on the mini-batch of the controller, behind it, each step."""

    def __init__(self, control):
        super().__init__()
        self.control, self.found = control, []

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.optimizer.iterations)
        if step % self.control.every == 0:
            batch = self.control._batch(step)
            self.found.append(alignment_share(self.model, *batch).total)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_share_is_the_target_after_each_move(share):
    control = controller(share=share)
    shares = Shares(control)
    history = fit(
        wrapped(),
        *DATA,
        batch_size=6,
        epochs=2,
        callbacks=[control, shares],
    )
    np.testing.assert_allclose(shares.found, [share] * 4, rtol=1e-4)
    steps = [m["step"] for m in control.measurements]
    assert steps == [0, 2, 4, 6, 8]
    assert history["alignment_share"] == [
        control.measurements[2]["share"],
        control.measurements[4]["share"],
    ]
    weights = [m["weight"] for m in control.measurements]
    np.testing.assert_allclose(
        history["alignment_weight"],
        [np.mean(weights[0:2]), np.mean(weights[2:4])],
        rtol=1e-5,
    )


def test_smoothing_and_bounds():
    wide = (1e-9, 1e9)
    assert next_weight(0.5, 2.0, 0.5, wide) == pytest.approx(1.0)
    assert next_weight(0.5, 2.0, 0.0, wide) == pytest.approx(2.0)
    assert next_weight(0.5, 2.0, 0.0, (0.1, 1.0)) == pytest.approx(1.0)
    assert next_weight(0.0, 0.0, 0.5, (0.1, 1.0)) == pytest.approx(0.1)
    control = controller(share=0.9, min_weight=0.2, max_weight=0.3)
    fit(wrapped(), *DATA, callbacks=[control])
    assert control.measurements[0]["weight"] == pytest.approx(0.3)


def test_without_a_class_in_both_the_weight_stays():
    x, _ = DATA
    single = (x, np.arange(24))
    control = AlignmentWeightController(single, batch_size=4, every=1)
    layers = [keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(24)]
    model = wrapped(
        keras.Sequential(layers), pairing="split", sampling="random"
    )
    fit(model, *single, batch_size=4, callbacks=[control])
    assert {m["share"] for m in control.measurements} == {0.0}
    assert float(model.alignment_weight) == np.float32(0.6)


@pytest.mark.parametrize("first", [True, False])
def test_a_run_that_is_resumed_goes_on_with_it(first, tmp_path):
    """Before and behind the backup in the list."""

    def others():
        idle = keras.callbacks.Callback()
        pair = [controller(), idle]
        return pair if first else pair[::-1]

    assert_resumes(
        aligned,
        lambda: DATA,
        {"directory": tmp_path, "save_freq": 3},
        interrupted=[7],
        others=others,
        batch_size=6,
        epochs=2,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"share": 0.0},
        {"share": 1.0},
        {"every": 0},
        {"batch_size": 0},
        {"smoothing": 1.0},
        {"min_weight": 0.0},
        {"min_weight": 2.0, "max_weight": 1.0},
    ],
)
def test_arguments_that_are_refused(options):
    with pytest.raises(ValueError, match="Expected"):
        controller(**options)
    with pytest.raises(ValueError, match="`data`"):
        AlignmentWeightController(DATA[0])


def test_mini_batches_of_all_rows_have_no_alignment():
    model = compiled(ITRAModel.from_model(perceptron(), seed=0))
    with pytest.raises(ValueError, match="below the number of rows"):
        fit(model, *DATA, callbacks=[controller(batch_size=len(DATA[1]))])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {
                "alignment_weight": (
                    keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
                )
            },
            "that is a number",
        ),
        ({"pairing": "queue"}, "other than 'queue'"),
    ],
)
def test_models_that_are_refused(options, message):
    model = compiled(ITRAModel.from_model(perceptron(), **options))
    with pytest.raises(ValueError, match=message):
        fit(model, *DATA, callbacks=[controller()])


def test_no_search_beside_it():
    x, y = draw(240)
    model = wrapped(alignment_weight="auto")
    with pytest.raises(ValueError, match="leave `alignment_weight` alone"):
        fit(
            model,
            x,
            y,
            validation_split=0.5,
            batch_size=60,
            callbacks=[controller()],
        )


def test_a_plain_model_is_refused():
    with pytest.raises(ValueError, match="an `ITRAModel`"):
        fit(compiled(perceptron()), *DATA, callbacks=[controller()])
