"""Trains on one and on several replicas and prints how far they differ.

`main(REPLICAS)` in a process of its own prints, as JSON, the largest
relative difference of the weights after one step and after twenty, and of
what was logged.
"""

import json

from tests.distribution.logical_devices import mirrored, scope_of

import keras  # isort: skip
import numpy as np

from keras_itra import ITRAModel
from keras_itra.data import PairedBatches
from keras_itra.losses import CenterLoss, ITRAAlignment, WithinClassSpread
from tests.distribution import networks
from tests.distribution.gradients import difference
from tests.distribution.networks import FEATURES, NUM_CLASSES, draw

STEPS = 20


class Trained:
    """What one training left: weights after one step and at the end, logs."""

    def __init__(self, model, initial, data, **arguments):
        if initial is not None:
            model.set_weights(initial)
        self.initial = model.get_weights()
        self.after_one = []

        def keep(epoch, logs):
            if epoch == 0:
                self.after_one = model.get_weights()

        self.logs = model.fit(
            *data,
            epochs=STEPS,
            steps_per_epoch=1,  # one entry of the history per step
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=keep)],
            **arguments,
        ).history
        self.after_all = model.get_weights()
        assert difference(self.after_one, self.initial) > 1e-3


def itra(net=networks.perceptron, data=None, fit=None, **options):
    """Training of an `ITRAModel`; 7 pairs a step make uneven shards.

    The last mini-batch of an epoch has 4 pairs, or 5 and a row alone.
    """

    def train(strategy, initial):
        options_now = {"seed": 0, **options}
        with scope_of(strategy):
            if "alignment" in options:
                options_now["alignment"] = options["alignment"]()
            model = networks.compiled(
                networks.Subclass(**options_now)
                if net is networks.Subclass
                else ITRAModel.from_model(net(), **options_now)
            )
            model((draw() if data is None else data)[0][:2])
        rows = 14 if options.get("pairing") == "split" else 7
        return Trained(
            model,
            initial,
            draw() if data is None else data,
            **{"batch_size": rows, **(fit or {})},
        )

    return train


def alignment(mode, **options):
    return lambda: ITRAAlignment(mode, **options)


#: Sorted by class and not shuffled: replicas that see one class alone, and
#: a class with one row.
IMBALANCED = {
    "data": draw(counts=(24, 14, 1)),
    "fit": {"shuffle": False},
}

#: A target at every step, as often masked as not.
TOKENS = np.random.default_rng(2).integers(-8, 9, (39, networks.WIDTH)).clip(0)

WEIGHTS = np.random.default_rng(1).uniform(0.2, 2.0, 39).astype("float32")
WEIGHTS[::5] = 0.0


def plain(make, structure, **options):
    """Training of a plain Keras model, where Keras cuts the mini-batches."""

    def train(strategy, initial):
        with scope_of(strategy):
            model = make()
        x, y = draw()
        batches = PairedBatches(
            structure(x, y), 6, labels=y, shards=6, repeat=True, **options
        )
        return Trained(model, initial, (batches,), shuffle=False)

    return train


def named(x, y):
    return x, {"logits": y, "features": y}


def compiled_loss(mode, **options):
    """The loss among the compiled losses of a plain model."""
    return plain(
        lambda: networks.with_two_outputs(ITRAAlignment(mode)),
        named,
        **options,
    )


#: By the number of replicas: every option once.
CASES = {
    2: {
        "marginal, both": itra(
            alignment=alignment("marginal"), supervise="both"
        ),
        "subclass": itra(networks.Subclass, supervise="both"),
        "sample weights": itra(fit={"sample_weight": WEIGHTS}),
        "spread, regularizers": itra(
            networks.regularized,
            pairing="none",
            alignment=WithinClassSpread,
        ),
        "separate, regularizers": itra(
            networks.regularized, forward="separate"
        ),
        "masked steps": itra(
            networks.tokens,
            data=(TOKENS, TOKENS % NUM_CLASSES),
            pairing="none",
            sampling="random",
            alignment=alignment("marginal"),
            alignment_weight=0.0,  # the supervised loss is what is masked
        ),
        "joint pass": itra(networks.batch_normalized),
        "separate, split": itra(
            networks.batch_normalized, forward="separate", pairing="split"
        ),
        "loss, conditional": compiled_loss("conditional"),
        "loss, joint": compiled_loss("joint", supervise=("logits", "first")),
        "AlignmentRegularizer": plain(
            networks.with_regularizer, lambda x, y: ({"x": x, "labels": y}, y)
        ),
    },
    3: {
        "imbalance, conditional": itra(**IMBALANCED),
        "imbalance, joint": itra(alignment=alignment("joint"), **IMBALANCED),
        "class weights, schedule": itra(
            alignment_weight=keras.optimizers.schedules.CosineDecay(0.6, STEPS),
            fit={"class_weight": {0: 0.5, 1: 2.0}},
        ),
        "centers": itra(
            pairing="none", alignment=lambda: CenterLoss(NUM_CLASSES, FEATURES)
        ),
        "separate passes": itra(networks.batch_normalized, forward="separate"),
        "loss, marginal": compiled_loss("marginal"),
    },
}


def compare(train, strategy):
    one = train(None, None)
    several = train(strategy, one.initial)
    assert one.logs.keys() == several.logs.keys()
    names = list(one.logs)
    return {
        "one step": difference(several.after_one, one.after_one),
        "twenty steps": difference(several.after_all, one.after_all),
        "logs": {
            name: difference([np.array(several.logs[name])], [one.logs[name]])
            for name in names
        },
    }


def main(replicas):
    strategy = mirrored(replicas)
    report = {
        name: compare(train, strategy)
        for name, train in CASES[replicas].items()
    }
    print(json.dumps(report))
