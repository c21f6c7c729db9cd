"""Ways to visit the pairs of rows, which give one result.

* All at once, up to `DENSE_ROWS` rows.
* Class by class, where no class is much larger than the others: pairs of
  different classes are never touched, and the cost falls with their number.
* In stripes of rows, where those pairs would not fit into memory: few pairs of
  different classes are touched.
"""

import math
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_itra.discrepancies.bandwidths import (
    sigma_of_all,
    sigma_of_blocks,
    sigma_of_groups,
)
from keras_itra.discrepancies.branches import cond
from keras_itra.discrepancies.groups import Groups, at_most, places_of
from keras_itra.discrepancies.pair_sums import Plan, Rows, Visited, sums_within
from keras_itra.discrepancies.stripes import in_stripes
from keras_itra.indexing import indices, rows_at
from keras_itra.kernels.distances import SquaredDistances, distances_within
from keras_itra.typing import Tensor

#: Rows up to which all pairs are held at once.
DENSE_ROWS = 1024
#: Rows, known beforehand, up to which one large matrix product takes no longer
#: than a small one for each class.
SMALL_ROWS = 192
#: Pairs that are held at once where they are visited class by class.
MOST_PAIRS = 2**23


def visit(plan: Plan, rows: Rows) -> Visited:
    """Visit the pairs in the way that costs least.

    Args:
        plan: What to do with them.
        rows: All rows, without bandwidths and groups.
    """
    layout, rule = plan.layout, plan.kernel.bandwidth
    if layout.groups is not None:
        rows = rows._replace(ids=layout.groups.ids)
    if not layout.per_class:
        rows = rows._replace(
            sigma=sigma_of_all(rows.features, plan.unit, layout.keep, rule)
        )
    size = ops.shape(rows.features)[0]

    def whatever_the_class() -> Visited:
        return _choose(
            size <= DENSE_ROWS,
            lambda: _all_at_once(plan, rows),
            lambda: in_stripes(plan, rows),
        )

    groups, number = layout.groups, layout.num_classes
    by_blocks = rows.sigma is not None or rule.has_block_statistic
    if groups is None or number is None or not by_blocks or _is_small(size):
        return whatever_the_class()
    return _choose(
        _fit_into_blocks(groups, number),
        lambda: _class_by_class(plan, rows, groups, number),
        whatever_the_class,
    )


def _fit_into_blocks(groups: Groups, number: int) -> Any:
    """Whether every class finds room, and less work is done so."""
    places = places_of(groups.size, number)
    blocks = at_most(number, groups.size)
    # Without squares, which overflow.
    cheaper = places * math.ceil(math.sqrt(blocks)) <= groups.size
    held = places <= math.isqrt(MOST_PAIRS // blocks)
    return ops.logical_and(
        ops.logical_and(cheaper, held), groups.fit(number, places)
    )


def _is_small(size: Any) -> bool:
    return isinstance(size, int) and size <= SMALL_ROWS


def _all_at_once(plan: Plan, rows: Rows) -> Visited:
    distances = distances_within(rows.features)
    if rows.sigma is None:
        sigma = _sigma_of_pairs(plan, SquaredDistances(distances, plan.unit))
        rows = rows._replace(sigma=sigma)
    return Visited(*sums_within(plan, rows, distances), rows.sigma)


def _sigma_of_pairs(plan: Plan, distances: SquaredDistances) -> Tensor:
    """Bandwidths of groups where the distances of all pairs are at hand."""
    groups, number = plan.layout.groups, plan.layout.num_classes
    assert groups is not None  # Their bandwidths are asked for.
    rule, size = plan.kernel.bandwidth, ops.shape(distances.values)[0]

    def by_bisection() -> Tensor:
        return sigma_of_groups(groups, distances, indices(size), rule)

    def by_blocks(number: int) -> Tensor:
        blocks = groups.blocks(number, places)
        sigma = sigma_of_blocks(blocks.index, blocks.counts, distances, rule)
        # Rows that take no part may be one group too many.
        return rows_at(sigma, ops.minimum(groups.ids, number - 1))

    if number is None or not rule.has_block_statistic:
        return by_bisection()
    places = places_of(size, number, rule.max_rows)
    fit = ops.logical_or(
        groups.fit(number, places),
        # The first rows are all that count.
        ops.logical_and(groups.number <= number, places == rule.max_rows),
    )
    return cond(fit, lambda: by_blocks(number), by_bisection)


def _class_by_class(
    plan: Plan, rows: Rows, groups: Groups, number: int
) -> Visited:
    blocks = groups.blocks(number, places_of(groups.size, number))
    left = rows._replace(ids=None).at(blocks.index, blocks.inside)
    distances = distances_within(left.features)
    sigma = rows.sigma
    if sigma is None:
        of_blocks = sigma_of_blocks(
            blocks.index,
            blocks.counts,
            SquaredDistances(distances, plan.unit),
            plan.kernel.bandwidth,
        )
        left = left._replace(
            sigma=ops.broadcast_to(of_blocks[:, None], ops.shape(blocks.index))
        )
        sigma = blocks.back(left.sigma)
        sigma = ops.where(sigma > 0, sigma, 1.0)
    sums, gradient = sums_within(plan, left, distances)
    return Visited(blocks.back(sums), blocks.back(gradient), sigma)


def _choose(
    condition: Any, yes: Callable[[], Visited], no: Callable[[], Visited]
) -> Visited:
    return Visited(*cond(condition, lambda: tuple(yes()), lambda: tuple(no())))
