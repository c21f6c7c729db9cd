"""Error of the Fourier form of the MMD, and the bytes of both forms.

The exact MMD and its gradient by the features are compared with those of
`FourierAlignment` on mini-batches of two feature matrices: a small network's,
trained briefly on scikit-learn's digits, and Gaussian clusters.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import track
from sklearn.datasets import load_digits

from benchmarks.fourier_report import (
    CLASSES,
    DIMS,
    ROWS,
    WIDTH,
    Error,
    plot,
    report,
)
from keras_itra.kernels import Gaussian, MeanBandwidth
from keras_itra.losses import FourierAlignment, ITRAAlignment


def digits(epochs: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Last hidden layer of a small network on digits, and the labels."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    h = inputs = keras.Input(images.shape[1:])
    for _ in range(2):
        h = keras.layers.Dense(WIDTH, activation="relu")(h)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES)(h))
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(images, labels, epochs=epochs, verbose=0)
    extractor = keras.Model(inputs, h)
    return extractor.predict(images, verbose=0), labels


def clusters(rows: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian clusters, one for each class."""
    rng = np.random.default_rng(0)
    labels = np.arange(rows) % CLASSES
    centers = rng.normal(size=(CLASSES, WIDTH))
    noise = rng.normal(size=(rows, WIDTH))
    return (centers[labels] + noise).astype("float32"), labels


def mini_batch(
    features: np.ndarray, labels: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Independent rows, as many of each class in S1 as in S2."""
    rng = np.random.default_rng(seed)
    first = rng.permutation(len(labels))[: ROWS // 2]
    second = [rng.choice(np.flatnonzero(labels == labels[i])) for i in first]
    order = np.stack([first, second], axis=1).ravel()
    return features[order], labels[order]


def value_and_gradient(
    loss: Any, labels: np.ndarray, features: np.ndarray
) -> tuple[float, np.ndarray]:
    """A loss and its gradient by the features."""
    import tensorflow as tf

    x = tf.constant(features)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(labels, x)
    return float(value), tape.gradient(value, x).numpy()


def errors_of(
    name: str, features: np.ndarray, labels: np.ndarray, seed: int
) -> list[Error]:
    """Errors of every dimension on one mini-batch."""
    x, y = mini_batch(features, labels, seed)
    found = []
    for rooted in (True, False):
        options: dict[str, Any] = {"rooted": rooted, "num_classes": CLASSES}
        exact = ITRAAlignment(kernel=Gaussian(MeanBandwidth()), **options)
        truth, slope = value_and_gradient(exact, y, x)
        for dim in DIMS:
            loss = FourierAlignment(x.shape[1], dim, seed=seed, **options)
            value, gradient = value_and_gradient(loss, y, x)
            size = np.linalg.norm(slope)
            error = Error(
                features=name,
                rooted=rooted,
                dim=dim,
                seed=seed,
                value=abs(value - truth) / truth,
                gradient=float(np.linalg.norm(gradient - slope) / size),
                cosine=float(
                    np.sum(gradient * slope) / np.linalg.norm(gradient) / size
                ),
            )
            found.append(error)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print and save."""
    parser = argparse.ArgumentParser(description="Error of the Fourier form.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10, help="on digits")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/results/fourier")
    )
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    matrices = {"digits": digits(options.epochs), "clusters": clusters()}
    jobs = [(n, s) for n in matrices for s in range(options.seeds)]
    errors = [
        error
        for name, seed in track(jobs, "Mini-batches")
        for error in errors_of(name, *matrices[name], seed)
    ]
    text = report(errors)
    Console().print(Markdown(text))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "table.md").write_text(text)
    (options.out / "errors.json").write_text(
        json.dumps([asdict(error) for error in errors], indent=1) + "\n"
    )
    plot(errors).savefig(options.out / "errors.png")


if __name__ == "__main__":
    main()
