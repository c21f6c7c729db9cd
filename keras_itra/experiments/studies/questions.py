"""Questions of our own, and the figures of the paper on Fashion-MNIST."""

from dataclasses import replace

from keras_itra.experiments.ablations import ABLATIONS
from keras_itra.experiments.material import Data
from keras_itra.experiments.protocol import Protocol
from keras_itra.experiments.studies.experiment import Cell, Experiment
from keras_itra.experiments.studies.paper import GREY

IMAGES = Data(
    "fashion-mnist", train_size=1000, validation_size=1000, foreign="mnist5k"
)
SHORT = Protocol("two-conv", epochs=40, batch_size=100, learning_rate=0.03)
SMALL = (
    "Fashion-MNIST: 1,000 training images (100 per class), 1,000 for "
    "validation, the whole test set; the CNN of the paper's pilot, m = 100, 40 "
    "epochs, SGD with momentum 0.9, a cosine from 0.03."
)
DECAY = ("weight-decay", "itra-c", "itra-c+weight-decay")
DETECTION = ("auroc_softmax", "auroc_energy", "auroc_distance")


def _whole(cell: Cell) -> Cell:
    """The same on all images, with the paper's network and schedule."""
    data = replace(cell.data, train_size=None, validation_size=None)
    return replace(cell, data=data, protocol=GREY)


def _on_images(
    name: str,
    title: str,
    question: str,
    *cells: Cell,
    **options: object,
) -> Experiment:
    return Experiment(
        name=name,
        title=title,
        question=question,
        cells={"small": cells, "full": tuple(map(_whole, cells))},
        differs=SMALL,
        **options,  # type: ignore[arg-type]
    )


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
        shape="curves",
    ),
    _on_images(
        "lambda",
        "Fig. 2: test cross-entropy against the weight",
        "How much does the weight of the alignment matter?",
        _cell(*LAMBDAS),
        shape="strengths",
    ),
    _on_images(
        "features",
        "Fig. 3: test features in two dimensions",
        "Do the features of ITRA-c look compact?",
        _cell("center", "itra-c"),
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
            "dropout",
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
        measures=(*DETECTION, "accuracy", "calibrated_ece"),
        references=("sgd", "weight-decay"),
    ),
    _on_images(
        "ablations",
        "What matters in ITRA-c",
        "Which of the choices of the method matter?",
        replace(_cell("itra-c", *ABLATIONS), tuning_seeds=1),
        references=("sgd", "itra-c"),
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
        shape="sweep",
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
        shape="sweep",
    ),
    Experiment(
        name="low-data",
        title="Few training images",
        question="How does the gain depend on the amount of data?",
        cells={
            "small": tuple(
                Cell(
                    f"{size:,} images",
                    replace(IMAGES, train_size=size, validation_size=1000),
                    replace(SHORT, batch_size=min(100, size)),
                    ("sgd", "weight-decay", "itra-c"),
                    x=size,
                )
                for size in (50, 200, 1000)
            )
        },
        differs=SMALL.replace("1,000 training", "50 to 1,000 training"),
        shape="sweep",
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
            ("sgd", "weight-decay", "center", "itra-c-linear", "itra-c"),
        ),
        measures=("purity", "accuracy", "cross_entropy", "scatter"),
        references=("sgd", "center"),
    ),
)

MINILM = "minilm"
TEXTS = Data(
    "reviews-polarity",
    train_size=2000,
    validation_size=2000,
    reading="embedding",
    preset=MINILM,
    length=64,
)
HEAD = Protocol("mlp", epochs=40, batch_size=100, learning_rate=0.05)
TEXT_METHODS = (
    "sgd",
    "weight-decay",
    "label-smoothing",
    "center",
    "spread",
    "itra-c",
    "itra-c+weight-decay",
)
TEXT_GRID = dict.fromkeys(
    ("spread", "itra-c", "itra-c+weight-decay"), (0.03, 0.1, 0.3, 1.0)
)


def _texts(name: str, source: str, title: str) -> Experiment:
    data = replace(TEXTS, name=source)
    return Experiment(
        name=name,
        title=title,
        question="Does ITRA-c help a head on frozen features of MiniLM?",
        cells={"small": (Cell(title, data, HEAD, TEXT_METHODS, TEXT_GRID),)},
        differs="2,000 training texts, 2,000 for validation; the mean token of "
        "a frozen MiniLM; a perceptron of 128 and 64 units.",
        references=("sgd", "weight-decay"),
    )


TUNED = Protocol(
    f"text:{MINILM}",
    epochs=3,
    batch_size=32,
    learning_rate=5e-5,
    optimizer="adamw",
    warmup=0.1,
    weight_decay=0.01,
)

ON_TEXTS = (
    _texts("text-polarity", "reviews-polarity", "polarity of snippets"),
    _texts("text-source", "reviews-source", "source of snippets"),
    Experiment(
        name="fine-tuning",
        title="MiniLM fine-tuned on the polarity of snippets",
        question="Does ITRA-c help when the encoder is trained too?",
        cells={
            "small": (
                Cell(
                    "AdamW",
                    replace(
                        TEXTS,
                        train_size=600,
                        validation_size=600,
                        reading="tokens",
                        length=32,
                    ),
                    TUNED,
                    ("sgd", "itra-c-split@0.1", "itra-c-split@0.3"),
                ),
            )
        },
        differs="600 training texts of 32 tokens; 3 epochs of AdamW with "
        "warm-up and weight decay (the row `sgd` is AdamW without alignment).",
    ),
)

REGIMES = Experiment(
    name="when",
    title="When to use it, and when not",
    question="Does ITRA-c add anything beyond tuned weight decay and a "
    "temperature, and where?",
    cells={
        "small": (
            Cell("trained CNN", IMAGES, SHORT, ("sgd", *DECAY)),
            Cell(
                "perceptron on pixels",
                IMAGES,
                replace(SHORT, network="mlp"),
                ("sgd", *DECAY),
            ),
            Cell(
                "head on frozen text features",
                TEXTS,
                HEAD,
                ("sgd", *DECAY),
                {k: TEXT_GRID[k] for k in ("itra-c", "itra-c+weight-decay")},
            ),
        )
    },
    differs=SMALL,
    references=("sgd", "weight-decay"),
)
