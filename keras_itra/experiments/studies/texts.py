"""The paper's table of texts, and smaller questions on texts."""

import functools
from dataclasses import replace

from keras_itra.experiments.material import Data
from keras_itra.experiments.protocol import Protocol
from keras_itra.experiments.studies import published
from keras_itra.experiments.studies.experiment import Cell, Experiment
from keras_itra.experiments.studies.questions import DECAY, IMAGES, SHORT

TEXT_ENCODERS = {
    "bert": "bert_base_en_uncased",
    "distilbert": "distil_bert_base_en_uncased",
    # KerasHub has no pretrained XLNet.
    "roberta": "roberta_base_en",
}
TEXT_SOURCES = {
    "agnews": "tfds:ag_news_subset",
    # TFDS has none of these: CSV files with the columns `text` and `label`.
    "amazon": "amazon-reviews-full.csv",
    "yahoo": "yahoo-answers.csv",
    "yelp": "yelp-reviews-full.csv",
}
TEXT_WEIGHTS = (0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0)
_TEXT_METHODS = ("sgd", "center", "itra-c")


def _text_row(encoder: str, name: str) -> Experiment:
    preset = TEXT_ENCODERS[encoder]
    data = Data(
        TEXT_SOURCES[name],
        train_size=2000,
        validation_size=2000,
        reading="tokens",
        preset=preset,
        length=128,
    )
    sgd = Protocol(
        f"text:{preset}",
        epochs=10,
        batch_size=32,
        learning_rate=0.01,
        momentum=0.5,
    )
    adamw = replace(
        sgd,
        epochs=3,
        learning_rate=5e-5,
        optimizer="adamw",
        warmup=0.1,
        weight_decay=0.01,
    )
    grids = {"center": (0.1,), "itra-c": TEXT_WEIGHTS}
    return Experiment(
        name=f"{name}-{encoder}",
        title=f"Table 4: {name}, "
        + ("RoBERTa for XLNet" if encoder == "roberta" else encoder),
        question="Does ITRA-c help the fine-tuning of an encoder?",
        cells={
            "full": (
                Cell("SGD", data, sgd, _TEXT_METHODS, grids),
                Cell("AdamW", data, adamw, _TEXT_METHODS, grids),
            )
        },
        paper=dict(
            zip(_TEXT_METHODS, published.TEXTS[encoder, name], strict=True)
        ),
        differs={
            "full": "The paper does not publish its settings of training; its "
            "levels imply small subsets. Here: 2,000 texts, SGD as elsewhere "
            "in the paper, and AdamW as practitioners fine-tune."
            + (
                " The paper's numbers are those of XLNet, of which KerasHub "
                "has no weights."
                if encoder == "roberta"
                else ""
            )
        },
    )


PAPER_TEXTS = tuple(_text_row(*key) for key in published.TEXTS)

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
        title=f"Text: {title}",
        question="Does ITRA-c help a head on frozen features of MiniLM?",
        cells={"small": (Cell(title, data, HEAD, TEXT_METHODS, TEXT_GRID),)},
        differs={
            "small": "2,000 training texts, 2,000 for validation; the mean "
            "token of a frozen MiniLM; a perceptron of 128 and 64 units. "
            "Sentences of one Amazon review may be in training and in test."
        },
        references=("sgd", "weight-decay"),
    )


SNIPPETS = replace(
    TEXTS, train_size=600, validation_size=600, reading="tokens", length=32
)
ADAMW = Protocol(
    f"text:{MINILM}",
    epochs=3,
    batch_size=32,
    learning_rate=5e-5,
    optimizer="adamw",
    warmup=0.1,
    weight_decay=0.01,
)
# The schedule of the paper's texts, but for the epochs.
PLAIN_SGD = Protocol(
    f"text:{MINILM}",
    epochs=3,
    batch_size=32,
    learning_rate=0.01,
    momentum=0.5,
)
TUNED_METHODS = ("sgd", "itra-c-split@0.1", "itra-c-split@0.3")

ON_TEXTS = (
    _texts("text-polarity", "reviews-polarity", "polarity of snippets"),
    _texts("text-source", "reviews-source", "source of snippets"),
    Experiment(
        name="fine-tuning",
        title="MiniLM fine-tuned on the polarity of snippets",
        question="Does ITRA-c help when the encoder is trained too?",
        cells={
            "small": (
                Cell("AdamW", SNIPPETS, ADAMW, TUNED_METHODS),
                Cell("SGD", SNIPPETS, PLAIN_SGD, TUNED_METHODS),
            )
        },
        differs={
            "small": "600 training texts of 32 tokens, 3 epochs: AdamW with "
            "warm-up and weight decay as practitioners fine-tune, and SGD as "
            "the paper does. The row `sgd` is training without alignment, of "
            "either."
        },
    ),
)

# What a temperature would do anyway should not choose a strength.
_calibrated = functools.partial(Cell, chosen_by="calibrated_cross_entropy")

SAFETY_METHODS = ("sgd", "itra-c-auto", "itra-c@1")

SAFETY = Experiment(
    name="safe-weight",
    title="The weight that is chosen automatically",
    question="Does `alignment_weight='auto'` do no harm, and does it help?",
    cells={
        "small": (
            Cell("head on frozen text features", TEXTS, HEAD, SAFETY_METHODS),
            Cell(
                "50 images",
                replace(IMAGES, train_size=50),
                replace(SHORT, batch_size=5),
                SAFETY_METHODS,
            ),
            Cell("1,000 images", IMAGES, SHORT, SAFETY_METHODS),
            Cell(
                "40% mislabelled",
                replace(IMAGES, mislabelled=0.4),
                SHORT,
                SAFETY_METHODS,
            ),
        )
    },
    differs={
        "small": "The images, schedule and texts of the sections above. Every "
        "training of `itra-c-auto` chooses among 0 and five weights by its "
        "own validation rows, whose labels are right; beside it a weight of "
        "1, whatever the data."
    },
    references=("sgd", "itra-c@1"),
)

REGIMES = Experiment(
    name="when",
    title="When to use it, and when not",
    question="Does ITRA-c add anything beyond tuned weight decay and a "
    "temperature, and where?",
    cells={
        "small": (
            _calibrated("trained CNN", IMAGES, SHORT, ("sgd", *DECAY)),
            _calibrated(
                "perceptron on pixels",
                IMAGES,
                replace(SHORT, network="mlp"),
                ("sgd", *DECAY),
            ),
            _calibrated(
                "head on frozen text features",
                TEXTS,
                HEAD,
                ("sgd", *DECAY),
                {k: TEXT_GRID[k] for k in ("itra-c", "itra-c+weight-decay")},
            ),
        )
    },
    differs={
        "small": "The images, schedule and texts of the sections above; the "
        "perceptron on pixels has 128 and 64 units. Strengths are chosen after "
        "temperature scaling."
    },
    references=("sgd", "weight-decay"),
)
