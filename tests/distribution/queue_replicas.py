"""Trains with a queue on one and on several replicas: prints how they differ.

`main(REPLICAS)`, in a process of its own, prints JSON: the largest relative
differences of weights and logs for every case, and whether all replicas
remember the same.
"""

import json

from tests.distribution.logical_devices import mirrored, scope_of

import keras  # isort: skip
import numpy as np

from keras_itra import ITRAModel
from keras_itra.losses import ITRAAlignment, WithinClassSpread
from tests.distribution import networks
from tests.distribution.exactness import Trained, difference
from tests.distribution.networks import NUM_CLASSES, draw

WEIGHTS = np.random.default_rng(1).uniform(0.2, 2.0, 39).astype("float32")
WEIGHTS[::5] = 0.0

#: By the number of replicas, options of the model and of `fit`. 7 rows a step
#: make uneven shards, and the last mini-batch of an epoch has 4.
CASES = {
    2: {
        "conditional": ({}, {"sample_weight": WEIGHTS}),
        # Another estimator, with the same memory.
        "gather=False": (
            {"alignment": lambda: ITRAAlignment(gather=False)},
            {},
        ),
    },
    3: {
        "marginal, classes apart": (
            {"alignment": lambda: ITRAAlignment("marginal")},
            {"shuffle": False},
        ),
        "spread, classes apart": (
            {"alignment": WithinClassSpread},
            {"shuffle": False},
        ),
        "balanced subclass": (
            {
                "memory_balanced": True,
                "alignment": lambda: ITRAAlignment(num_classes=NUM_CLASSES),
            },
            {},
        ),
    },
}


def train(name, case, strategy, initial):
    options, arguments = case
    x, y = draw(counts=(13, 13, 13)) if "apart" in name else draw()
    options = {"pairing": "queue", "memory_size": 12, "seed": 0, **options}
    with scope_of(strategy):
        if "alignment" in options:
            options["alignment"] = options["alignment"]()
        model = networks.compiled(
            networks.Subclass(**options)
            if name == "balanced subclass"
            else ITRAModel.from_model(networks.perceptron(), **options)
        )
        model(x[:2])
    return model, Trained(model, initial, (x, y), batch_size=7, **arguments)


def same_on_all_replicas(model, strategy):
    for weight in model.feature_memory.weights:
        values = strategy.experimental_local_results(weight.value)
        if any(np.any(value != values[0]) for value in values[1:]):
            return False
    return True


def compare(name, case, strategy):
    _, one = train(name, case, None, None)
    model, several = train(name, case, strategy, one.initial)
    alignment = np.array(one.logs["alignment"])
    return {
        "warm-up": int((alignment == 0).sum()),
        "twenty steps": difference(several.after_all, one.after_all),
        "logs": max(
            difference([np.array(several.logs[key])], [one.logs[key]])
            for key in one.logs
        ),
        "same memory": same_on_all_replicas(model, strategy),
    }


def main(replicas):
    keras.utils.set_random_seed(0)
    strategy = mirrored(replicas)
    report = {
        name: compare(name, case, strategy)
        for name, case in CASES[replicas].items()
    }
    print(json.dumps(report))
