"""Kernels, batches and discrepancies of the package beside the reference."""

import dataclasses
from typing import Any

import numpy as np

from keras_itra import discrepancies, kernels
from tests import reference

#: The package's kernels and their references.
KERNELS = {
    "gaussian": (kernels.Gaussian(), reference.Kernel()),
    "gaussian-single": (
        kernels.Gaussian(multipliers=(1.0,)),
        reference.Kernel(multipliers=(1,)),
    ),
    "gaussian-number": (
        kernels.Gaussian(bandwidth=2.5, multipliers=(0.5, 3)),
        reference.Kernel(bandwidth=2.5, multipliers=(0.5, 3)),
    ),
    "gaussian-mean": (
        kernels.Gaussian(bandwidth="mean"),
        reference.Kernel(bandwidth="mean"),
    ),
    "gaussian-off-diagonal": (
        kernels.Gaussian(kernels.MedianBandwidth(pairs="off_diagonal")),
        reference.Kernel(pairs="off_diagonal"),
    ),
    "gaussian-mean-off-diagonal": (
        kernels.Gaussian(kernels.MeanBandwidth(pairs="off_diagonal")),
        reference.Kernel(bandwidth="mean", pairs="off_diagonal"),
    ),
    "gaussian-pooled": (
        kernels.Gaussian(kernels.MedianBandwidth(scope="pooled")),
        reference.Kernel(scope="pooled"),
    ),
    "laplacian": (kernels.Laplacian(), reference.Kernel("laplacian")),
    "rational-quadratic": (
        kernels.RationalQuadratic(),
        reference.Kernel("rational_quadratic"),
    ),
    "rational-quadratic-alpha": (
        kernels.RationalQuadratic(alpha=0.3),
        reference.Kernel("rational_quadratic", alpha=0.3),
    ),
    "inverse-multiquadric": (
        kernels.InverseMultiquadric(),
        reference.Kernel("inverse_multiquadric"),
    ),
    "energy": (kernels.Energy(), reference.Kernel("energy")),
    "linear": (kernels.Linear(), reference.Kernel("linear")),
}

#: One of each family, by the name that `kernels.get` knows.
FAMILIES = (
    "gaussian",
    "laplacian",
    "rational_quadratic",
    "inverse_multiquadric",
    "energy",
    "linear",
)

NUM_CLASSES = 4

#: Pattern of every message about a refused argument.
BAD_INPUT = "(?s)Expected.*Received"

#: What an MMD may condition on, with options that only some forms have.
FORMS = {
    "marginal": {},
    "conditional": {"class_average": "all"},
    "conditional-present": {"class_average": "present"},
    "joint": {},
}

#: Every form with every family that it takes.
FORMS_OF_FAMILIES = [
    (form, family)
    for form in FORMS
    for family in FAMILIES
    if (form, family) != ("joint", "energy")  # not positive definite
]

#: How an MMD is estimated.
OPTIONS = {
    "rooted": {"rooted": True, "estimator": "biased"},
    "squared": {"rooted": False, "estimator": "biased"},
    "unbiased": {"rooted": False, "estimator": "unbiased"},
}


def in_turn(cases, variants):
    """Every case under one of the variants, which take turns.

    Those with "gaussian" come under all: full products take long, and what
    goes wrong mostly shows with a pair of values.

    Args:
        cases: Tuples of strings.
        variants: Tuples.
    """
    return [
        (*case, *variant)
        for index, case in enumerate(cases)
        for number, variant in enumerate(variants)
        if "gaussian" in case or number == index % len(variants)
    ]


@dataclasses.dataclass(frozen=True)
class Batches:
    """Two mini-batches with integer labels below `NUM_CLASSES`."""

    x: Any
    s: Any
    y: Any
    t: Any
    a: Any = None
    b: Any = None

    def replace(self, **changes):
        return dataclasses.replace(self, **changes)

    def swapped(self):
        return Batches(self.y, self.t, self.x, self.s, self.b, self.a)

    def precise(self):
        """The same for the reference: float64, memberships."""
        return {
            "x": np.asarray(self.x, dtype="float64"),
            "s": reference.one_hot(self.s, NUM_CLASSES),
            "y": np.asarray(self.y, dtype="float64"),
            "t": reference.one_hot(self.t, NUM_CLASSES),
            "a": self.a,
            "b": self.b,
        }


def draw(seed=0, rows=12, others=8, width=4, weighted=False):
    """Classes 0 and 1 are in both batches, 2 in the first, 3 in neither."""
    rng = np.random.default_rng(seed)
    s, t = np.arange(rows) % 3, np.arange(others) % 2
    x = rng.normal(size=(rows, width)) + s[:, None]
    y = rng.normal(size=(others, width)) + t[:, None] + 1.5
    weights = (None, None)
    if weighted:
        weights = rng.uniform(0.2, 3, rows), rng.uniform(0.2, 3, others)
        weights = tuple(w.astype("float32") for w in weights)
    return Batches(x.astype("float32"), s, y.astype("float32"), t, *weights)


def mmd(form, batches, **options):
    """Value of the package. `form` is a key of `FORMS`."""
    pooled = batches.x, batches.y
    labelled = batches.x, batches.s, batches.y, batches.t
    options = {
        "x_weights": batches.a,
        "y_weights": batches.b,
        **FORMS[form],
        **options,
    }
    if form == "marginal":
        return discrepancies.mmd(*pooled, **options)
    if form == "joint":
        return discrepancies.joint_mmd(*labelled, **options)
    return discrepancies.conditional_mmd(
        *labelled, num_classes=NUM_CLASSES, **options
    )


def expected_mmd(form, batches, kernel, **options):
    """Value of the reference. `form` is a key of `FORMS`."""
    arguments = {**batches.precise(), "kernel": kernel, **options}
    if form == "marginal":
        del arguments["s"], arguments["t"]
        return reference.mmd(**arguments)
    if form == "joint":
        return reference.joint_mmd(**arguments)
    return reference.conditional_mmd(**arguments, **FORMS[form])


def fixed(form, batches, kernel):
    """The reference kernel(s) with the bandwidth held at these batches."""
    precise = batches.precise()
    if form.startswith("conditional"):
        return reference.class_kernels(**precise, kernel=kernel)
    return kernel.fit(precise["x"], precise["y"])
