"""Shards hold whole pairs, and every replica gets one."""

import itertools
import json

import pytest

from tests.fresh_process import run

SCRIPT = """
import json
from tests.distribution.logical_devices import mirrored
import numpy as np
import tensorflow as tf
from keras_itra.distribution.shards import distribute

report = []
for replicas in (2, 3):
    strategy = mirrored(replicas)
    for unit in (1, 2):
        # One stream of mini-batches of 1, 2, ... 13 rows.
        def batches():
            for rows in range(unit * replicas, 14):
                x = np.arange(rows, dtype="float32")
                yield {"x": x, "twice": 2 * x}, x[:, None]

        data = tf.data.Dataset.from_generator(
            batches,
            output_signature=(
                {"x": tf.TensorSpec([None]), "twice": tf.TensorSpec([None])},
                tf.TensorSpec([None, 1]),
            ),
        )
        for x, y in distribute(data, strategy, unit=unit):
            x, twice, y = (
                [part.numpy().ravel() for part in
                 strategy.experimental_local_results(value)]
                for value in (x["x"], x["twice"], y)
            )
            for a, b, c in zip(x, twice, y):
                np.testing.assert_array_equal(2 * a, b)
                np.testing.assert_array_equal(a, c)
            report.append([replicas, unit, [a.tolist() for a in x]])
        for rows in range(unit * replicas):
            few = tf.data.Dataset.from_tensors((np.zeros(rows),))
            try:
                next(iter(distribute(few, strategy, unit=unit)))
            except tf.errors.InvalidArgumentError as error:
                assert "Expected at least one pair" in str(error), error
                assert f"[{replicas}] [{rows}]" in str(error), error
            else:
                raise AssertionError("a replica without rows")
print(json.dumps(report))
"""


@pytest.fixture(scope="module")
def report():
    return json.loads(run(SCRIPT).splitlines()[-1])


def test_shards_are_the_mini_batch_cut_between_pairs(report):
    tried = [(replicas, unit, sum(map(len, s))) for replicas, unit, s in report]
    assert tried == [
        (replicas, unit, rows)
        for replicas, unit in itertools.product((2, 3), (1, 2))
        for rows in range(unit * replicas, 14)
    ]
    for replicas, unit, shards in report:
        rows = list(itertools.chain.from_iterable(shards))
        assert rows == list(range(len(rows)))
        assert len(shards) == replicas
        assert all(shard[0] % unit == 0 for shard in shards)
        units = [len(shard) // unit for shard in shards]
        assert max(units) - min(units) <= 1
        assert min(units) >= 1
        assert all(len(shard) % unit == 0 for shard in shards[:-1])
