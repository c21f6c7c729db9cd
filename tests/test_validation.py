"""One sentence for every refused argument."""

import fractions

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from keras_itra.validation import (
    is_number,
    require,
    require_integer,
    require_number,
    require_one_of,
)


def message_of(function, *arguments, **options):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        function(*arguments, **options)
    return str(error.value)


def test_message_names_what_was_expected_and_what_came():
    message = message_of(require, False, "an even size", size=3, name="a")
    assert message == "Expected an even size. Received: size=3, name='a'"


def test_true_condition_says_nothing():
    require(True, "nothing", value=None)


def test_choice_lists_the_choices_in_order():
    require_one_of("mode", "b", ("b", "a"))
    assert message_of(require_one_of, "mode", "c", ("b", "a")) == (
        "Expected `mode` to be one of 'b', 'a'. Received: mode='c'"
    )


@pytest.mark.parametrize("value", [None, 1, ["a"], {}, ("a",), True, "A", ""])
def test_choice_is_one_of_the_names(value):
    assert f"mode={value!r}" in message_of(
        require_one_of, "mode", value, ("a", "b")
    )


@pytest.mark.parametrize(
    "value", [0, -3, 2.5, np.float32(1), np.int64(2), fractions.Fraction(1, 3)]
)
def test_real_numbers_are_numbers(value):
    assert is_number(value)


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.True_,
        None,
        "1",
        1j,
        float("nan"),
        float("inf"),
        -float("inf"),
        np.float32("nan"),
        np.ones(1),
        [1],
    ],
    ids=str,
)
def test_everything_else_is_not_a_number(value):
    assert not is_number(value)
    assert "Received: weight=" in message_of(require_number, "weight", value)
    assert "Received: count=" in message_of(
        require_integer, "count", value, minimum=0
    )


@hypothesis.given(st.floats(-10, 10), st.floats(-10, 10))
def test_bound_of_a_number(value, minimum):
    for strict in (False, True):
        options = {"minimum": minimum, "strict": strict}
        if value > minimum or (value == minimum and not strict):
            require_number("weight", value, **options)
        else:
            assert f"{'>' if strict else '>='} {minimum:g}" in message_of(
                require_number, "weight", value, **options
            )


@hypothesis.given(st.integers(-5, 5), st.integers(-5, 5))
def test_bound_of_an_integer(value, minimum):
    for number in (value, np.int32(value)):
        if value >= minimum:
            require_integer("count", number, minimum=minimum)
        else:
            assert f">= {minimum}" in message_of(
                require_integer, "count", number, minimum=minimum
            )


@pytest.mark.parametrize("value", [1.0, 1.5, np.float64(2), "2"])
def test_integer_is_not_a_float(value):
    assert message_of(require_integer, "count", value, minimum=1) == (
        f"Expected `count` to be an integer >= 1. Received: count={value!r}"
    )
