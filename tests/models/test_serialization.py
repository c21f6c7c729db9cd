"""Configs: every option and every kind of model can be rebuilt from one."""

import io
import json

import keras
import numpy as np
import pytest

from keras_itra import ITRAModel
from keras_itra.kernels import Gaussian, Laplacian, MedianBandwidth
from keras_itra.losses import CenterLoss, ITRAAlignment, WithinClassSpread
from tests.cases import BAD_INPUT
from tests.models.cases import (
    NUM_CLASSES,
    assert_same_weights,
    compiled,
    copy_of,
    draw,
    fit,
    perceptron,
    wrapped,
)
from tests.models.subclasses import (
    Around,
    Below,
    Doubled,
    Explicit,
    Fixed,
    Narrow,
    Passed,
    Scaled,
    Wide,
    Wrapper,
)

OPTIONS = {
    "default": {},
    "data": {"pairing": "split", "sampling": "random"},
    "step": {"supervise": "both", "forward": "separate"},
    "balanced": {"sampling": "balanced", "name": "aligned"},
    "weight": {"alignment_weight": 0.25},
    "schedule": {
        "alignment_weight": keras.optimizers.schedules.CosineDecay(0.6, 10)
    },
    "layer": {"feature_layer": "hidden"},
    "kernel": {
        "alignment": ITRAAlignment(
            mode="joint",
            kernel=Laplacian(
                MedianBandwidth("pooled", "off_diagonal"), multipliers=(0.5, 3)
            ),
            rooted=False,
            estimator="unbiased",
        )
    },
    "label kernel": {
        "alignment": ITRAAlignment(mode="joint", label_kernel=Gaussian(2.0))
    },
    "spread": {
        "alignment": WithinClassSpread(class_average="present"),
        "pairing": "none",
    },
    "center": {
        "alignment": CenterLoss(NUM_CLASSES, 8, rate=0.1),
        "pairing": "none",
    },
}


def config_of(model):
    """Its config after JSON, as in a file."""
    return json.loads(json.dumps(model.get_config()))


def rebuilt(model):
    return type(model).from_config(config_of(model))


@pytest.mark.parametrize("case", OPTIONS)
def test_wrapped_model_round_trips_with_every_option(case):
    model = ITRAModel.from_model(perceptron(), seed=3, **OPTIONS[case])
    copy = rebuilt(model)
    assert config_of(copy) == config_of(model)
    for option, given in OPTIONS[case].items():
        if option not in ("alignment", "alignment_weight"):
            name = {"forward": "passes"}.get(option, option)
            assert getattr(copy, name) == given
    assert type(copy.alignment) is type(model.alignment)
    assert copy.alignment.get_config() == model.alignment.get_config()
    assert type(copy.alignment_schedule) is type(model.alignment_schedule)


def test_a_drawn_seed_is_kept():
    model = ITRAModel.from_model(perceptron())
    assert rebuilt(model).seed == model.seed
    assert ITRAModel.from_model(perceptron()).seed != model.seed
    keras.utils.set_random_seed(0)
    again = ITRAModel.from_model(perceptron())
    assert again.seed == model.seed


@pytest.mark.parametrize("cls", [Wide, Narrow, Fixed, Explicit])
def test_subclass_round_trips_with_its_own_arguments(cls):
    x, _ = draw()
    model = cls(width=7, seed=4)
    copy = rebuilt(model)
    assert config_of(copy) == config_of(model)
    copy(x), model(x)
    assert [w.shape for w in copy.weights] == [w.shape for w in model.weights]
    assert copy.hidden.units == 7


def test_options_reach_a_subclass_through_keywords():
    model = Wide(7, alignment_weight=0.1, pairing="split", name="mine")
    copy = rebuilt(model)
    assert (copy.name, copy.pairing) == ("mine", "split")
    assert float(copy.alignment_weight) == pytest.approx(0.1)
    assert float(rebuilt(Narrow(7)).alignment_weight) == pytest.approx(0.3)


def test_arguments_that_are_called_as_those_of_the_library_are_kept():
    x, _ = draw()
    model = Around(perceptron(4), "mine", pairing="split")
    copy = rebuilt(model)
    copy(x), model(x)
    assert copy.head.name == "mine"
    copy.set_weights(model.get_weights())
    found, expected = (m.predict_on_batch(x) for m in (copy, model))
    np.testing.assert_array_equal(found, expected)


def test_arguments_that_mean_something_else_are_kept():
    model = Doubled(alignment_weight=0.2, alignment="joint", width=7)
    for copy in (rebuilt(model), rebuilt(rebuilt(model))):
        assert config_of(copy) == config_of(model)
        assert (copy.half, copy.alignment.mode) == (0.2, "joint")
        assert float(copy.alignment_weight) == pytest.approx(0.4)
        assert copy.seed == model.seed
    rescaled = type("Rescaled", (Doubled,), {})(alignment_weight=0.1)
    assert rebuilt(rescaled).half == 0.1
    # What a constructor between was not given, and what the library has
    # decided since.
    below = rebuilt(Below())
    assert (below.half, below.alignment.mode) == (0.3, "marginal")
    passed = Passed()
    passed.initial_alignment_weight = 1.0  # as a search leaves it
    assert rebuilt(passed).initial_alignment_weight == 1.0


def test_a_model_passed_on_in_its_place_is_built_anew():
    x, _ = draw()
    model = Wrapper(pairing="split")
    copy = rebuilt(model)
    assert copy.pairing == "split"
    copy.set_weights(model.get_weights())
    found, expected = (m.predict_on_batch(x) for m in (copy, model))
    np.testing.assert_array_equal(found, expected)


def test_arguments_of_a_base_are_kept():
    copy = rebuilt(Scaled(scale=2.0, width=7, pairing="split"))
    assert (copy.scale, copy.hidden.units, copy.pairing) == (2.0, 7, "split")


@pytest.mark.parametrize("build", [wrapped, lambda: compiled(Wide(7, seed=0))])
def test_clone_trains_as_its_original(build):
    x, y = draw()
    model = build()
    model(x)
    clone = keras.models.clone_model(model)
    assert type(clone) is type(model)
    clone(x)
    clone.set_weights(model.get_weights())
    for one in (compiled(model), compiled(clone)):
        fit(one, x, y, batch_size=8)
    assert_same_weights(clone, model)
    assert not {id(w) for w in clone.weights} & {id(w) for w in model.weights}


@pytest.mark.parametrize("build", [wrapped, lambda: Wide(7, seed=0)])
def test_json_and_summary(build):
    x, _ = draw()
    model = build()
    model(x)
    copy = keras.models.model_from_json(model.to_json())
    assert config_of(copy) == config_of(model)
    out = io.StringIO()
    model.summary(print_fn=lambda line, **_: out.write(line))
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert model.name in out.getvalue()
    assert f"Trainable params: {trainable} " in out.getvalue()


def test_a_frozen_copy_can_be_thawed():
    model = ITRAModel.from_model(perceptron())
    model.trainable = False
    copy = rebuilt(model)
    assert copy.trainable_variables == []
    copy.trainable = True
    assert len(copy.trainable_variables) == 4


def test_weights_file_carries_the_alignment_weight(tmp_path):
    model, other = wrapped(), wrapped()
    model.alignment_weight.assign(0.125)
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert float(other.alignment_weight) == 0.125
    assert other.count_params() == model.count_params() > 0
    assert_same_weights(other, model, rtol=0, atol=0)


def test_wrapper_of_a_copy_is_independent():
    classifier = perceptron()
    x, y = draw()
    model = wrapped(copy_of(classifier))
    before = classifier.get_weights()
    fit(model, x, y, batch_size=8)
    for old, new in zip(before, classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_subclass_without_its_methods_is_told_so():
    class Empty(ITRAModel):
        pass

    x, _ = draw()
    with pytest.raises(NotImplementedError, match=BAD_INPUT):
        Empty()(x)
