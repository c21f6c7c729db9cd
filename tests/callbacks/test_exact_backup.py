"""What `ExactBackup` refuses, and what it leaves behind."""

import keras
import pytest

from keras_itra.callbacks import ExactBackup
from keras_itra.data import PairedBatches
from tests.callbacks.cases import (
    Interrupt,
    InterruptionError,
    aligned,
    train,
)
from tests.models.cases import NUM_CLASSES, compiled, draw, wrapped

ROWS = 38


def arrays():
    return draw(ROWS)


def pairs():
    return (PairedBatches(draw(ROWS), 8, seed=3),)


def interrupted(tmp_path):
    """A backup of five steps an epoch, before the third step."""
    backup = {"directory": tmp_path, "save_freq": 1}
    with pytest.raises(InterruptionError):
        train(
            aligned,
            arrays,
            backup,
            others=[Interrupt(3)],
            batch_size=8,
        )
    return backup


def narrow():
    return wrapped()  # No batch norm and no dropout.


def test_other_runs_are_refused(tmp_path):
    backup = interrupted(tmp_path)
    for make, options, message in (
        (aligned, {"batch_size": 4}, "Expected `steps`"),
        (lambda: aligned(seed=5), {}, "Expected `seed` .* 0; "),
        (narrow, {}, "Expected a backup of this model"),
        (
            lambda: aligned({"optimizer": "adam"}),
            {},
            r"Expected a backup of this model.*unknown=\['optimizer/",
        ),
        (aligned, {"initial_epoch": 1}, "`initial_epoch`"),
    ):
        with pytest.raises(ValueError, match=message):
            train(
                make,
                arrays,
                backup,
                **{"batch_size": 8, "epochs": 2, **options},
            )


def test_an_interrupted_replay_leaves_nothing_behind(tmp_path):
    backup = interrupted(tmp_path)
    keras.utils.set_random_seed(7)
    model = aligned()
    callbacks = [ExactBackup(**backup), Interrupt(1)]
    with pytest.raises(InterruptionError):
        model.fit(*draw(ROWS), batch_size=8, callbacks=callbacks, verbose=0)
    before = int(model.optimizer.iterations)
    model.fit(*draw(ROWS), batch_size=8, verbose=0)
    assert int(model.optimizer.iterations) == before + 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directory": ""}, "Expected `directory`"),
        ({"directory": "gs://bucket"}, "Expected `directory`"),
        ({"save_freq": 0}, "Expected `save_freq`"),
        ({"save_freq": "batch"}, "Expected `save_freq`"),
        ({"data": [1]}, "Expected `data`"),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        ExactBackup(**{"directory": tmp_path, **arguments})


def test_bad_models(tmp_path):
    unbuilt = compiled(keras.Sequential([keras.layers.Dense(NUM_CLASSES)]))
    with pytest.raises(ValueError, match="Expected a model that is built"):
        unbuilt.fit(*pairs(), callbacks=[ExactBackup(tmp_path)], verbose=0)
    callbacks = [ExactBackup(tmp_path, data=pairs()[0])]
    with pytest.raises(ValueError, match="Expected no `data`"):
        wrapped().fit(*draw(), callbacks=callbacks, verbose=0)


def test_no_epoch_leaves_the_backup(tmp_path):
    interrupted(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert before
    train(
        aligned,
        arrays,
        {"directory": tmp_path, "save_freq": 1},
        batch_size=8,
        epochs=0,
    )
    assert sorted(tmp_path.iterdir()) == before
