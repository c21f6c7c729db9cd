"""Questions of our own, and the figures of the paper on Fashion-MNIST."""

from dataclasses import replace
from typing import Any

from keras_itra.experiments.ablations import ABLATIONS
from keras_itra.experiments.material import Data
from keras_itra.experiments.protocol import Protocol
from keras_itra.experiments.studies.experiment import Cell, Experiment
from keras_itra.experiments.studies.paper import (
    COLOUR,
    GREY,
    GRIDS,
    VALIDATION,
)
from keras_itra.experiments.studies.paper import (
    FULL as HELD_OUT,
)

# MNIST beside it everywhere: so experiments share runs, detection among them.
IMAGES = Data(
    "fashion-mnist", train_size=1000, validation_size=1000, foreign="mnist5k"
)
SHORT = Protocol("two-conv", epochs=40, batch_size=100, learning_rate=0.03)
SMALL = (
    "Fashion-MNIST: 1,000 training images (100 per class), 1,000 for "
    "validation, the whole test set; the CNN of the paper's pilot, m = 100, 40 "
    "epochs, SGD with momentum 0.9, a cosine from 0.03."
)
FULL = HELD_OUT.format(size=VALIDATION)
DECAY = ("weight-decay", "itra-c", "itra-c+weight-decay")
DETECTION = ("auroc_softmax", "auroc_energy", "auroc_distance")


def _on_images(
    name: str, title: str, question: str, *cells: Cell, **options: Any
) -> Experiment:
    return Experiment(
        name=name,
        title=title,
        question=question,
        cells={"small": cells, **options.pop("full", {})},
        differs={"small": SMALL + options.pop("note", ""), "full": FULL},
        **options,
    )


def _whole(*methods: str) -> dict[str, tuple[Cell, ...]]:
    """All images, with the paper's network, schedule and weights."""
    data = replace(IMAGES, train_size=None, validation_size=VALIDATION)
    grids = {m: GRIDS[m] for m in methods if m in GRIDS}
    return {"full": (Cell("Fashion-MNIST", data, GREY, methods, grids),)}


def _cell(*methods: str) -> Cell:
    return Cell("1,000 images", IMAGES, SHORT, ("sgd", *methods))


LAMBDAS = tuple(f"itra-c@{weight:g}" for weight in (0.2, 0.4, 0.6, 0.8, 1.0))

QUESTIONS = (
    _on_images(
        "distance",
        "Fig. 1: distance between mini-batches during training",
        "Do same-class samples of two mini-batches come closer under ITRA-c "
        "only?",
        _cell("weight-decay", "itra-c"),
        full={
            "full": (
                Cell(
                    "cifar10",
                    Data("tfds:cifar10", None, VALIDATION),
                    COLOUR,
                    ("sgd", "weight-decay", "itra-c"),
                    {"itra-c": GRIDS["itra-c"]},
                ),
            )
        },
        note=" The relative distance is that over the mean distance between "
        "different classes; the paper does not say what it divides by.",
        shape="curves",
    ),
    _on_images(
        "lambda",
        "Fig. 2: test cross-entropy against the weight",
        "How much does the weight of the alignment matter?",
        _cell(*LAMBDAS),
        full=_whole("sgd", *LAMBDAS),
        shape="strengths",
    ),
    _on_images(
        "features",
        "Fig. 3: test features in two dimensions",
        "Do the features of ITRA-c look compact?",
        _cell("center", "itra-c"),
        full=_whole("sgd", "center", "itra-c"),
        shape="features",
    ),
    _on_images(
        "rivals",
        "What else one would try",
        "Is ITRA-c better than the alternatives of today, all tuned?",
        _cell(
            "weight-decay",
            "label-smoothing",
            "mixup",
            "dropout+weight-decay",
            "center",
            "supcon",
            "opl",
            "spread",
            "sgd-2m",
            "sgd-2x",
            "itra",
            "itra-c",
            "itra-c+weight-decay",
        ),
        references=("sgd", "weight-decay", "itra-c"),
    ),
    _on_images(
        "equal-compute",
        "Plain SGD at the price of ITRA",
        "Do twice the rows or twice the epochs do the same?",
        _cell("sgd-2m", "sgd-2x", "itra-c"),
        full=_whole("sgd", "sgd-2m", "sgd-2x", "itra-c"),
        references=("sgd", "itra-c"),
    ),
    _on_images(
        "detection",
        "Out-of-distribution detection: Fashion-MNIST against MNIST",
        "Do compact features tell foreign images apart?",
        _cell(
            "weight-decay",
            "label-smoothing",
            "center",
            "itra-c",
            "itra-c+weight-decay",
        ),
        note=" The picture shows the first seed, before a temperature.",
        shape="reliability",
        measures=(*DETECTION, "accuracy", "ece", "calibrated_ece"),
        references=("sgd", "weight-decay"),
    ),
    _on_images(
        "ablations",
        "What matters in ITRA-c",
        "Which of the choices of the method matter?",
        replace(_cell("itra", "itra-c", *ABLATIONS), tuning_seeds=1),
        note=" One seed chooses the strengths.",
        references=("sgd", "itra-c", "itra-c-one-bandwidth"),
    ),
    _on_images(
        "batch-size",
        "Table 3 on Fashion-MNIST: rows of a mini-batch",
        "Does ITRA-c with a quarter of the batch beat SGD with all of it?",
        *(
            Cell(
                f"m = {m}",
                IMAGES,
                replace(SHORT, batch_size=m),
                ("sgd", "itra-c"),
                x=m,
            )
            for m in (25, 50, 100)
        ),
        note=" Epochs and learning rate stay, so a smaller batch takes more "
        "steps.",
        shape="sweep",
        x_label="rows m of a mini-batch",
    ),
    _on_images(
        "learning-rate",
        "The learning rate",
        "Does the gain depend on the learning rate?",
        *(
            Cell(
                f"rate {rate:g}",
                IMAGES,
                replace(SHORT, learning_rate=rate),
                ("sgd", "itra-c"),
                x=rate,
            )
            for rate in (0.01, 0.03, 0.1)
        ),
        shape="sweep",
        x_label="learning rate",
    ),
    _on_images(
        "label-noise",
        "Mislabelled training data",
        "Is ITRA-c robust to wrong labels?",
        *(
            Cell(
                f"{share:.0%} mislabelled",
                replace(IMAGES, mislabelled=share),
                SHORT,
                ("sgd", "weight-decay", "itra-c"),
                x=share,
            )
            for share in (0.0, 0.2, 0.4)
        ),
        note=" Validation and test labels are right.",
        shape="sweep",
        x_label="share of wrong labels",
        references=("sgd", "weight-decay"),
    ),
    _on_images(
        "low-data",
        "Few training images",
        "How does the gain depend on the amount of data?",
        *(
            Cell(
                f"{size:,} images",
                replace(IMAGES, train_size=size),
                replace(SHORT, batch_size=size // 10),
                ("sgd", "weight-decay", "itra-c"),
                x=size,
            )
            for size in (50, 200, 1000, 5000)
        ),
        note=" Here the training set varies, a mini-batch is a tenth of it, "
        "and all take 400 steps.",
        shape="sweep",
        x_label="training images",
        references=("sgd", "weight-decay"),
    ),
    _on_images(
        "merged-classes",
        "Classes with two modes each",
        "Do the modes of a class stay apart, which center loss pulls together?",
        Cell(
            "10 classes merged into 5",
            # Unlike pairs: (top, trouser), (pullover, sneaker), ...
            replace(IMAGES, groups=((0, 1), (2, 7), (3, 8), (4, 5), (6, 9))),
            SHORT,
            (
                "sgd",
                "center",
                "center@0.2",
                "itra-c-linear",
                "itra-c",
                "itra-c@2",
            ),
        ),
        note=" Labels of the training set are merged; purity is the share of "
        "the 10 nearest test features of the same class that have the same "
        "original label.",
        measures=(
            "purity",
            "accuracy",
            "cross_entropy",
            "calibrated_cross_entropy",
            "scatter",
        ),
        references=("sgd", "center", "itra-c"),
    ),
)
