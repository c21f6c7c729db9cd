"""Worker processes train what a single process trains."""

import copy

import keras
import numpy as np
import pytest

from keras_itra.distribution.workers import _fingerprint, require_agreement
from tests.distribution.worker_training import Worker, train
from tests.distribution.workers import Workers


@pytest.mark.parametrize("count", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_workers_train_like_one_process(count, tmp_path):
    workers = Workers(count, "tests.distribution.worker_training", tmp_path)
    alone = Worker()
    train(alone)

    for worker in workers.ended():
        assert worker.code == 0, worker.errors
    found = [dict(np.load(tmp_path / f"{index}.npz")) for index in range(count)]
    for other in found[1:]:
        np.testing.assert_equal(other, found[0])
    for name, value in alone.found.items():
        tolerance = 1e-2 if name.startswith("float16") else 1e-5
        np.testing.assert_allclose(
            found[0][name], value, tolerance, tolerance, err_msg=name
        )
    loaded = keras.models.load_model(tmp_path / "model0.keras")
    predicted = loaded.predict(alone.validation[0], verbose=0)
    np.testing.assert_allclose(
        predicted, found[0]["arrays/predicted"], rtol=1e-6, atol=1e-6
    )
    check_refusals(found[0], count)


def check_refusals(found, count):
    """Every worker has got the error, and each says what differs."""
    numbers = [str(index) for index in range(count)]
    seed = str(found["refused/seed"])
    assert seed.startswith(
        "Expected every worker to have the same seed, first_batch."
    )
    assert "a seed to the model and to every shuffle" in seed
    assert f"Received: seed={numbers}, first_batch=" in seed
    for name in ("first_batch", "epochs", "validation_arrays"):
        message = str(found[f"refused/{name}"])
        assert message.startswith(
            f"Expected every worker to have the same {name}."
        )


def test_one_worker_agrees_with_itself():
    require_agreement(None, seed=0)


def test_fingerprints_tell_values_apart():
    x = np.arange(6.0)
    different = [
        *(None, 0, 1, "a", "b", (), (x,), (x, x), (x, None), {"a": x}),
        *(x, x + 1, x.reshape(2, 3), x.astype("float32")),
        *(np.array(["a", "b"], object), np.array(["a", "c"], object)),
    ]
    found = [_fingerprint(value) for value in different]
    assert len(set(found)) == len(found)
    again = [_fingerprint(copy.deepcopy(value)) for value in different]
    assert found == again
