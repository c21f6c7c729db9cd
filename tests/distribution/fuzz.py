"""Random configurations on several replicas against one replica.

    python -m tests.distribution.fuzz --count 1000 --seed 0

Prints every configuration that differs by more than its dtype's rounding,
crashes or is not finite, and fails then.
"""

import argparse
import collections
import dataclasses
import functools
import sys
import time

from tests.distribution.gradients import (
    difference,
    loss_and_gradients,
    model_of,
)
from tests.distribution.logical_devices import mirrored

import numpy as np  # isort: skip
import tensorflow as tf

from keras_itra.losses import ITRAAlignment
from tests.cases import FAMILIES
from tests.distribution.networks import WIDTH

CLASSES = 6

#: Dtype policies, and by how much losses and gradients may differ.
TOLERANCES = {
    "float32": 1e-4,
    "mixed_float16": 1e-2,
    "mixed_bfloat16": 6e-2,
}


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A mini-batch, a loss and a number of replicas."""

    seed: int
    replicas: int
    pairs: int
    lone_row: bool
    classes: int
    imbalance: float
    policy: str
    mode: str
    kernel: str
    rooted: bool
    supervise: str
    weights: str

    @classmethod
    def draw(cls, seed):
        rng = np.random.default_rng(seed)

        def one_of(*choices):
            return choices[rng.integers(len(choices))]

        mode = one_of("marginal", "conditional", "joint")
        families = [f for f in FAMILIES if (mode, f) != ("joint", "energy")]
        return cls(
            seed=seed,
            replicas=one_of(1, 2, 3),
            pairs=int(rng.integers(2, 18)),
            lone_row=one_of(False, False, True),
            classes=int(rng.integers(1, CLASSES + 1)),
            imbalance=one_of(0.1, 1.0, 100.0),
            policy=one_of(*TOLERANCES),
            mode=mode,
            kernel=one_of(*families),
            rooted=one_of(True, False),
            supervise=one_of("first", "both"),
            weights=one_of("none", "random", "some zero"),
        )

    def batch(self):
        """Classes in no order: pairs need not match."""
        rng = np.random.default_rng([self.seed, 1])
        rows = 2 * self.pairs + self.lone_row
        shares = rng.dirichlet(np.full(self.classes, self.imbalance))
        y = rng.choice(self.classes, rows, p=shares).astype("int32")
        x = (rng.normal(size=(rows, WIDTH)) + y[:, None] / 2).astype("float32")
        if self.weights == "none":
            return x, y
        weights = rng.uniform(0.2, 2.0, rows).astype("float32")
        if self.weights == "some zero":
            weights[rng.integers(0, rows, 3)] = 0.0
        return x, y, weights

    def prepare(self, model):
        model.alignment = ITRAAlignment(
            self.mode, kernel=self.kernel, rooted=self.rooted
        )
        model.supervise = self.supervise
        return model


@functools.cache
def trainer(policy, replicas):
    """A model, and its strategy; 0 replicas are no strategy."""
    strategy = mirrored(replicas) if replicas else None
    return model_of(strategy, policy, num_classes=CLASSES), strategy


def check(configuration):
    """How far one and several replicas differ; None if refused."""
    batch = configuration.batch()
    several, strategy = trainer(configuration.policy, configuration.replicas)
    try:
        found = loss_and_gradients(
            configuration.prepare(several), batch, strategy
        )
    except tf.errors.InvalidArgumentError as error:
        few = configuration.pairs < configuration.replicas
        if few and "Expected at least one pair" in str(error):
            return None
        raise
    assert configuration.pairs >= configuration.replicas
    one, _ = trainer(configuration.policy, 0)
    expected = loss_and_gradients(configuration.prepare(one), batch)
    for logs, gradients in (found, expected):
        assert np.all(np.isfinite(list(logs.values())))
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients)
    names = found[0].keys()
    logged = difference(
        [np.array(found[0][name]) for name in names],
        [np.array(expected[0][name]) for name in names],
    )
    return max(logged, difference(found[1], expected[1]))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    worst = collections.defaultdict(float)
    refused, failures = 0, 0
    for index in range(options.count):
        configuration = Configuration.draw(options.seed + index)
        try:
            found = check(configuration)
        except Exception as error:  # a crash is what is looked for
            print(f"{configuration}: {type(error).__name__}: {error}")
            failures += 1
            continue
        if found is None:
            refused += 1
            continue
        key = configuration.policy, configuration.replicas
        worst[key] = max(worst[key], found)
        if not found <= TOLERANCES[configuration.policy]:
            print(f"{configuration}: differs by {found:.1e}")
            failures += 1
        if index % 50 == 49:
            seconds = time.perf_counter() - start
            print(f"{index + 1} of {options.count}, {seconds:.0f} s")
    print(f"\n{options.count} configurations, {failures} failures")
    print(f"{refused} with fewer pairs than replicas, refused")
    print("largest relative difference to one replica:")
    for (policy, replicas), value in sorted(worst.items()):
        print(f"  {policy:15} {replicas} replicas  {value:.1e}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
