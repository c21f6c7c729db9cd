"""Every override of a Keras method is needed: without it, Keras fails.

Where this fails with a new Keras, the override can go.

https://github.com/keras-team/keras/issues/20585
https://github.com/tensorflow/tensorflow/issues/72388
"""

import json

import pytest

from tests.distribution.workers import Workers

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


def test_without_an_override_keras_fails_on_several_workers():
    workers = Workers(2, "tests.models.unmended").ended()
    for worker in workers:
        assert worker.code == 0, worker.errors
        found = json.loads(worker.output)

        assert "alignment" in found["trained"]
        assert found["evaluated"] == pytest.approx(found["exact"], rel=1e-6)

        for override, message in {
            "_maybe_symbolic_build": "PerReplica",
            "train_step": "Invalid reduction dimension 0",
            "test_step": "Invalid reduction dimension 0",
        }.items():
            assert found[override].startswith("ValueError")
            assert message in found[override]
        # A mean over the workers instead of the rows.
        wrong = found["_get_metrics_result_or_logs"]
        assert wrong != pytest.approx(found["exact"], rel=1e-4)
