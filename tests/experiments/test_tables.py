"""What stands in the cells of the tables."""

import pytest

from keras_itra.experiments.tables import show_strength


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((None, None), ""),
        ((0.3, None), "0.3"),
        ((0.3, 0.1), "0.3, wd 0.1"),
        ((0.3, None, (), " †"), "0.3 †"),
        ((None, None, [0.0, 0.6]), "0 / 0.6"),
        ((None, 0.1, [0.3]), "0.3, wd 0.1"),
    ],
)
def test_what_a_method_was_run_with(arguments, text):
    assert show_strength(*arguments) == text
