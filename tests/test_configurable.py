"""Objects that Keras serializes by their constructor arguments."""

import keras
import pytest

from keras_itra.configurable import Configurable


class Plain(Configurable):
    pass


@keras.saving.register_keras_serializable(package="test_configurable")
class Scaled(Configurable):
    def __init__(self, scale, names=("a", "b")):
        self.scale = scale
        self.names = names

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


def test_without_arguments_the_config_is_empty():
    assert Plain().get_config() == {}
    assert type(Plain.from_config({})) is Plain


def test_config_goes_to_the_constructor():
    copy = Scaled.from_config(Scaled(2.5).get_config())
    assert type(copy) is Scaled
    assert (copy.scale, copy.names) == (2.5, ("a", "b"))


def test_unknown_entry_of_a_config_is_refused():
    with pytest.raises(TypeError, match="width"):
        Scaled.from_config({"scale": 1.0, "width": 2})


def test_keras_serializes_it():
    config = keras.saving.serialize_keras_object(Scaled(0.5))
    copy = keras.saving.deserialize_keras_object(config)
    assert isinstance(copy, Scaled)
    assert copy.scale == 0.5
