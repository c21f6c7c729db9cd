import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.callbacks import (
    AlignmentWeightSchedule,
    linear_ramp,
    piecewise_constant,
)
from tests.callbacks.cases import aligned, assert_resumes
from tests.models.cases import compiled, draw, fit, perceptron, wrapped


def test_the_history_has_the_weight_of_each_epoch():
    model = wrapped()
    schedule = AlignmentWeightSchedule(lambda epoch: 0.5 / (1 + epoch))
    history = fit(model, *draw(), epochs=3, callbacks=[schedule])
    np.testing.assert_allclose(
        history["alignment_weight"], [0.5, 0.25, 0.5 / 3], rtol=1e-6
    )
    np.testing.assert_allclose(
        history["loss"],
        np.add(
            history["supervised_loss"],
            np.multiply(history["alignment_weight"], history["alignment"]),
        ),
        rtol=1e-5,
    )


def test_a_ramp():
    weights = [linear_ramp(0.8, epochs=3, start=2)(e) for e in range(8)]
    np.testing.assert_allclose(
        weights, [0, 0, 0.2, 0.4, 0.6, 0.8, 0.8, 0.8], atol=1e-12
    )
    assert [linear_ramp(0.8, 0, 1)(e) for e in range(3)] == [0, 0.8, 0.8]


def test_pieces():
    weight = piecewise_constant({4: 0.1, 0: 1.0, 2: 0.5})
    assert [weight(e) for e in range(6)] == [1.0, 1.0, 0.5, 0.5, 0.1, 0.1]


@pytest.mark.tensorflow
def test_a_run_that_is_resumed_goes_on_with_it(tmp_path):
    assert_resumes(
        aligned,
        lambda: draw(12),
        {"directory": tmp_path, "save_freq": 1},
        interrupted=[3],
        others=lambda: [AlignmentWeightSchedule(linear_ramp(1.0, 2))],
        batch_size=6,
        epochs=3,
    )


@pytest.mark.parametrize(
    "refused",
    [
        lambda: linear_ramp(-1.0, 2),
        lambda: linear_ramp(1.0, -2),
        lambda: linear_ramp(1.0, 2, start=0.5),
        lambda: piecewise_constant({1: 0.5}),
        lambda: piecewise_constant({0: -0.5}),
        lambda: piecewise_constant({0: 1.0, 1.5: 2.0}),
        lambda: AlignmentWeightSchedule(0.5),
        lambda: AlignmentWeightSchedule(
            keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
        ),
    ],
)
def test_arguments_that_are_refused(refused):
    with pytest.raises(ValueError, match="Expected"):
        refused()


@pytest.mark.parametrize("weight", [-0.1, np.nan, "0.5"])
def test_weights_that_are_refused(weight):
    schedule = AlignmentWeightSchedule(lambda epoch: weight)
    with pytest.raises(ValueError, match="alignment_weight"):
        fit(wrapped(), *draw(), callbacks=[schedule])


def test_models_that_are_refused():
    schedule = AlignmentWeightSchedule(linear_ramp(0.6, 2))
    with pytest.raises(ValueError, match="an `ITRAModel`"):
        fit(compiled(perceptron()), *draw(), callbacks=[schedule])
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)
    model = ITRAModel.from_model(perceptron(), alignment_weight=decay)
    with pytest.raises(ValueError, match="that is a number"):
        fit(compiled(model), *draw(), callbacks=[schedule])
