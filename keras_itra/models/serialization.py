"""Saving, loading and export of `ITRAModel` and of its subclasses."""

import inspect
import itertools
import re
from typing import Any, Self

import keras

from keras_itra.models.input_signature import InputSignature

#: Options of `ITRAModel` that are saved as they are.
OPTIONS = (
    "pairing",
    "supervise",
    "sampling",
    "seed",
    "memory_size",
    "memory_balanced",
)


#: By a keyword, or (a model) in its place.
_GIVEN_TWICE = re.compile(r"multiple values for (?:keyword )?argument '(\w+)'")


#: Parameters of `keras.Model`.
_KERAS_PARAMETERS = frozenset({"name", "trainable", "dtype"})


class SavedByArguments:
    """Saves a model by the arguments it was constructed with.

    The arguments of a subclass's own constructor are recorded, so that it
    needs no `get_config`, as in plain Keras.
    """

    # Of the model that this is mixed into.
    _signature: InputSignature | None
    _own_arguments: dict[str, Any]
    #: What the constructor of this library was called with.
    _given: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        instance = super().__new__(cls, *args, **kwargs)
        bound = inspect.signature(cls.__init__).bind(instance, *args, **kwargs)
        bound.apply_defaults()
        ours, theirs = _library_parameters(cls), _user_parameters(cls)
        own = {name: bound.arguments[name] for name in _named_parameters(cls)}
        # Of the constructors of bases, to which `**kwargs` are passed on.
        own |= {
            name: value
            for name, value in bound.kwargs.items()
            if name not in ours or name in theirs
        }
        if _takes_any_keyword(cls):
            own = {
                name: default
                for name, default in theirs.items()
                if name in ours and default is not inspect.Parameter.empty
            } | own
        # Not through Keras, which would wrap and track the dict.
        object.__setattr__(instance, "_own_arguments", own)
        return instance

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild this model, those of subclasses included."""
        model: Any = self
        serialize = keras.saving.serialize_keras_object
        config = {
            "name": model.name,
            "trainable": model.trainable,
            "dtype": serialize(model.dtype_policy),
            "alignment": serialize(model.alignment),
            "alignment_weight": serialize(model.initial_alignment_weight),
            "forward": model.passes,
            **{name: getattr(model, name) for name in OPTIONS},
        }
        if model.wrapped is not None:
            config["model"] = _serialized(model.wrapped)
            config["feature_layer"] = model.feature_layer
        if not _takes_any_keyword(type(self)):
            # A subclass decides what its constructor does not take.
            accepted = _named_parameters(type(self))
            config = {k: v for k, v in config.items() if k in accepted}
        # Among them what a subclass calls as this library does, and means
        # otherwise: what it passes on is saved as the library has it by now.
        theirs = _user_parameters(type(self)).keys() - _KERAS_PARAMETERS
        own = {
            name: _serialized(value)
            for name, value in self._own_arguments.items()
            if name not in config
            or (name in theirs and not _is_same(value, self._given[name]))
        }
        return {**config, **own}

    def export(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Export `inference_model()`; arguments as in `keras.Model.export`."""
        model: Any = self
        model.inference_model().export(filepath, *args, **kwargs)

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> Self:
        """Rebuild a model from `get_config`."""
        arguments = {
            name: keras.saving.deserialize_keras_object(
                value, custom_objects=custom_objects
            )
            for name, value in config.items()
        }
        while True:
            try:
                return cls(**arguments)
            except TypeError as error:
                # A subclass that fixes an option itself is not given it.
                fixed = _GIVEN_TWICE.search(str(error))
                ours = arguments.keys() & _library_parameters(cls)
                if fixed is None or fixed[1] not in ours:
                    raise
                del arguments[fixed[1]]

    def get_build_config(self) -> dict[str, Any] | None:
        """Shapes and dtypes of the inputs, once the model was called."""
        return self._signature.get_config() if self._signature else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Create the variables of a subclass when a file is loaded."""
        if config:
            model: Any = self
            model(InputSignature(**config).inputs())


def _is_same(value: Any, given: Any) -> bool:
    """Whether an argument is what the library was given."""
    plain = isinstance(value, str | int | float) and type(value) is type(given)
    return value is given or (plain and value == given)


def _serialized(value: Any) -> Any:
    """Config of an argument.

    Of a model without a compilation of its own, as KerasHub tasks have it,
    that Keras could not restore and would warn of.
    """
    config = keras.saving.serialize_keras_object(value)
    of_class, of_keras = type(value), keras.Model
    if isinstance(value, keras.Model) and (
        of_class.compile is not of_keras.compile
        and of_class.compile_from_config is of_keras.compile_from_config
    ):
        config.pop("compile_config", None)
    return config


def _named_parameters(cls: type) -> set[str]:
    parameters = _parameters(cls)
    variable = (
        inspect.Parameter.VAR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    names = [p.name for p in parameters if p.kind not in variable]
    return set(names[1:])


def _library_parameters(cls: type) -> set[str]:
    """Parameters of the constructors that this library brings."""
    names = set(_KERAS_PARAMETERS)
    for base in cls.__mro__:
        if _is_ours(base):
            names |= _named_parameters(base)
    return names


def _user_parameters(cls: type) -> dict[str, Any]:
    """Parameters and defaults of constructors outside this library.

    Of several of one name those of the first constructor.
    """
    found: dict[str, Any] = {}
    for base in itertools.takewhile(lambda b: not _is_ours(b), cls.__mro__):
        if "__init__" in vars(base):
            defaults = {p.name: p.default for p in _parameters(base)}
            names = _named_parameters(base)
            found = {name: defaults[name] for name in names} | found
    return found


def _is_ours(cls: type) -> bool:
    return cls.__module__.startswith("keras_itra.")


def _takes_any_keyword(cls: type) -> bool:
    return any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD
        for parameter in _parameters(cls)
    )


def _parameters(cls: type) -> list[inspect.Parameter]:
    constructor = cls.__init__  # type: ignore[misc]
    return list(inspect.signature(constructor).parameters.values())
