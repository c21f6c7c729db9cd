"""A tiny BERT that reads strings, and strings for it."""

import numpy as np

WORDS = ["red", "green", "blue", "apple", "sky", "the", "is"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "##s"]
LENGTH = 6


def task(preprocessor=True):
    """A classifier of two classes; fresh weights in each call."""
    import keras_hub

    models = keras_hub.models
    backbone = models.BertBackbone(
        vocabulary_size=len(VOCABULARY),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=LENGTH,
        dropout=0.0,
    )
    if preprocessor:
        preprocessor = models.BertTextClassifierPreprocessor(
            models.BertTokenizer(VOCABULARY, lowercase=True),
            sequence_length=LENGTH,
        )
    return models.BertTextClassifier(
        backbone, num_classes=2, dropout=0.0, preprocessor=preprocessor or None
    )


def draw_texts(rows=12, seed=0):
    """Lists of sentences, with words that are not in the vocabulary."""
    rng = np.random.default_rng(seed)
    words = [*WORDS, "Apples", "naïve", ""]
    texts = [" ".join(rng.choice(words, 5)) for _ in range(rows)]
    return texts, (np.arange(rows) % 2).tolist()
