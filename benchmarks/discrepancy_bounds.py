"""Limits of the time and memory of the discrepancy."""

from collections.abc import Sequence

from benchmarks.bounds import Bound
from benchmarks.discrepancy_forms import BALANCED, MARGINAL, UNBALANCED, Form
from benchmarks.discrepancy_report import Growth, Measured

#: n and d of the limits of time and of memory.
LIMITED, LIMITED_MEMORY = (4096, 512), (16384, 512)
RATIO_LIMITS = {True: 1.3, False: 1.8}  # by whether XLA compiles
MEMORY_LIMITS = {True: 700, False: 800}
MANY_CLASSES_LIMIT, BALANCED_LIMIT = 1.2, 0.2


def bounds_of(
    measured: Sequence[Measured], growths: Sequence[Growth]
) -> list[Bound]:
    """Limits of what was measured at the sizes they are set for."""
    bounds = []
    for size in measured:
        if (size.rows, size.width) != LIMITED:
            continue
        for time in size.times:
            if time.form.method in (MARGINAL, UNBALANCED):
                limit = RATIO_LIMITS[time.form.xla]
                what = f"{time.form} / two GEMMs"
                bounds.append(Bound(what, time.ratio.high, limit))
        for xla in (True, False):
            bounds += _comparison(
                size,
                Form(UNBALANCED, 1000, xla),
                Form(UNBALANCED, 1, xla),
                MANY_CLASSES_LIMIT,
            )
            bounds += _comparison(
                size,
                Form(BALANCED, 100, xla),
                Form(UNBALANCED, 1, xla),
                BALANCED_LIMIT,
            )
    return bounds + [
        Bound(
            f"{growth.form}, n = {growth.rows}: MB",
            growth.megabytes,
            MEMORY_LIMITS[growth.form.xla],
        )
        for growth in growths
        if (growth.rows, growth.width) == LIMITED_MEMORY
        and growth.form.method in (MARGINAL, UNBALANCED)
    ]


def _comparison(
    size: Measured, form: Form, reference: Form, limit: float
) -> list[Bound]:
    ratio = size.ratio(form, reference)
    if ratio is None:
        return []
    what = f"{form} / {reference}"
    return [Bound(what, ratio.high, limit)]
