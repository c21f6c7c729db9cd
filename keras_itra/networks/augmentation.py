"""The standard augmentation of small images: random crop and flip."""

from typing import Any

import keras
from keras import ops

from keras_itra.validation import require, require_integer


@keras.saving.register_keras_serializable(package="keras_itra")
class CropAndFlip(keras.layers.Layer):
    """Shifts every image at random and mirrors every second one.

    In training, each image is padded with zeros and cropped to its old size at
    a place of its own, then flipped left to right with probability 1/2.
    (`keras.layers.RandomCrop` crops all images of a mini-batch at one place.)
    Otherwise images pass unchanged.

    Input and output shape: `(batch, height, width, channels)`; only the batch
    may be unknown.

    Args:
        padding: Pixels on each side, which are the largest shift; 0 flips
            only. Defaults to 4.
        seed: Of the random numbers. Defaults to a random one.
        **kwargs: Of `keras.layers.Layer`.

    Raises:
        ValueError: If `padding` is not an integer >= 0.

    Example:

    ```python
    import numpy as np
    from keras_itra import networks

    augment = networks.CropAndFlip(padding=4, seed=0)
    images = np.ones((2, 32, 32, 3), "float32")
    assert augment(images, training=True).shape == (2, 32, 32, 3)
    assert np.array_equal(augment(images, training=False), images)
    ```
    """

    def __init__(
        self, padding: int = 4, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        require_integer("padding", padding, minimum=0)
        self.padding = padding
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check the shape of the images."""
        require(
            len(input_shape) == 4 and None not in input_shape[1:],
            "images (batch, height, width, channels) of a static size",
            input_shape=input_shape,
        )

    def call(self, images: Any, training: bool = False) -> Any:
        if not training:
            return images
        count = ops.shape(images)[0]
        height, width, channels = images.shape[1:]
        margin = (self.padding, self.padding)
        padded = ops.pad(images, ((0, 0), margin, margin, (0, 0)))
        top = self._draw(count, 2 * self.padding + 1)
        left = self._draw(count, 2 * self.padding + 1)
        columns = ops.arange(width, dtype="int32")
        mirrored = ops.cast(self._draw(count, 2), "bool")
        columns = ops.where(mirrored, width - 1 - columns, columns)
        # Where each pixel stands when all images are one list of pixels.
        image = ops.arange(count, dtype="int32")[:, None, None]
        row = (top + ops.arange(height, dtype="int32"))[:, :, None]
        column = (left + columns)[:, None, :]
        row = image * (height + 2 * self.padding) + row
        pixel = row * (width + 2 * self.padding) + column
        return ops.take(ops.reshape(padded, (-1, channels)), pixel, axis=0)

    def _draw(self, count: Any, choices: int) -> Any:
        """A number from 0 to `choices - 1` for each image: (count, 1)."""
        return keras.random.randint(
            (count, 1), 0, choices, dtype="int32", seed=self.seed_generator
        )

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "padding": self.padding,
            "seed": self.seed,
        }


def with_augmentation(
    classifier: keras.Model, layer: keras.layers.Layer
) -> keras.Model:
    """A classifier whose inputs pass an augmentation first.

    Args:
        classifier: A functional model with one input.
        layer: Of the inputs, whose shape it keeps; for example `CropAndFlip`.

    Returns:
        A functional model with `layer` and the layers of `classifier`, and so
        its weights. The `output` of a shared layer is that in the model
        where it was called first, the one that a builder made.

    Raises:
        ValueError: If `classifier` has several inputs, or `layer` changes
            their shape.

    Example:

    ```python
    from keras_itra import networks

    classifier = networks.cnn((32, 32, 3), 10)
    model = networks.with_augmentation(classifier, networks.CropAndFlip())
    assert model.get_layer("logits") is classifier.get_layer("logits")
    ```
    """
    entry = classifier.input
    require(
        isinstance(entry, keras.KerasTensor),
        "a classifier with one input",
        inputs=entry,
    )
    inputs = keras.Input(
        batch_shape=entry.shape, dtype=entry.dtype, name=entry.name
    )
    augmented = layer(inputs)
    require(
        augmented.shape == inputs.shape,
        "a layer that keeps the shape of the inputs",
        inputs=inputs.shape,
        outputs=augmented.shape,
    )

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = keras.tree.map_structure(
            lambda value: augmented if value is inputs else value,
            (args, kwargs),
        )
        return operation(*args, **kwargs)

    return keras.models.clone_model(
        classifier,
        input_tensors=inputs,
        clone_function=lambda same: same,
        call_function=call,
    )
