"""`ITRAModel` under a strategy: what is refused, and what it trains on."""

import json

import pytest

from tests.fresh_process import run

pytestmark = pytest.mark.tensorflow

REFUSALS = "from tests.distribution.refusals import main; main()"
SOURCES = "from tests.distribution.sources import main; main(2)"

#: Parts of the sentence that refuses each case.
SENTENCES = {
    "CentralStorageStrategy": ["strategy='CentralStorageStrategy'"],
    "jit_compile": ["jit_compile=True"],
    "steps_per_execution": ["steps_per_execution=2"],
    "gradient accumulation": ["gradient_accumulation_steps=2"],
    "scaled gradient accumulation": ["gradient_accumulation_steps=2"],
    "optimizer from outside": ["strategy.scope()", "iteration"],
    "classifier from outside": ["strategy.scope()", "kernel"],
    "generator": ["tf.data.Dataset", "iterator"],
    "distributed dataset": ["x='DistributedDataset'"],
    "distributed iterator": ["x='DistributedIterator'"],
    "last mini-batch": ["rows_of_smallest_mini_batch=4, replicas=3"],
    "last mini-batch, split": ["rows_of_smallest_mini_batch=5, replicas=3"],
    "last mini-batch, unpaired": ["rows_of_smallest_mini_batch=2, replicas=3"],
    "stream": ["at least one pair", "[3] [4]"],
    "sum": ["reduction='sum'"],
    "no reduction": ["reduction=None"],
    "scalar loss": ["values_shape=()"],
}


@pytest.fixture(scope="module")
def refusals():
    """Ends, though a training failed: no iterator keeps the process."""
    return json.loads(run(REFUSALS).splitlines()[-1])


def test_refusals_are_one_sentence_before_a_weight_changes(refusals):
    assert refusals.keys() == SENTENCES.keys()
    for name, (message, same) in refusals.items():
        assert "Expected" in message, name
        assert "Received" in message, name
        for part in SENTENCES[name]:
            assert part in message, name
        if name != "stream":  # which is read while it is trained on
            assert message.startswith("ValueError: Expected"), name
            assert same, name


def test_every_source_trains_as_on_one_replica():
    report = json.loads(run(SOURCES).splitlines()[-1])
    assert report
    assert {name: d for name, d in report.items() if not d <= 1e-5} == {}
