"""A process that is killed again and again, also while it saves."""

import random

import numpy as np

from tests.fresh_process import run

KILLS = 5  # One of each kind.

# One start of the interpreter: a fork of it, before TensorFlow starts, is a
# process that knows nothing of what those before it did.
SCRIPT = """
import os, pathlib, random, signal, sys, threading

import keras
import numpy as np

import keras_itra
from keras_itra.callbacks import ExactBackup, state_file
from tests.callbacks.cases import aligned, values
from tests.models.cases import draw

folder = pathlib.Path(sys.argv[1])
seed = int(sys.argv[2])

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def kill_at(count, owner, name, part=None):
    "Kill at a call of a function, before it or in the midst of it."
    function, calls = getattr(owner, name), 0

    def deadly(*arguments, **named):
        nonlocal calls
        calls += 1
        if calls == count:
            if part is not None:
                part(*arguments)
            kill()
        return function(*arguments, **named)

    setattr(owner, name, deadly)

def half(file, **arrays):
    file.write(b"PK" * 100)
    file.flush()

def lethal(attempt):
    "Somewhere in the next few steps; where, is drawn."
    draw = random.Random(seed + attempt)
    count = draw.randint(2, 4)
    kind = attempt % 5
    if kind == 0:
        return [keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: deadline(draw)
        )]
    if kind == 1:
        kill_at(count, state_file.np, "savez", half)
    if kind == 2:
        kill_at(2 * count - 1, state_file.os, "fsync")
    if kind == 3:
        kill_at(count, state_file.os, "replace")
    if kind == 4:
        kill_at(2 * count, state_file.os, "fsync")  # after the rename
    return []

def deadline(draw):
    if not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]:
        timer = threading.Timer(draw.uniform(0.0, 0.05), kill)
        timer.daemon = True
        timer.start()

def train(name, callbacks, seed):
    keras.utils.set_random_seed(seed)
    model = aligned({"optimizer": "adam"})
    model.fit(
        *draw(38), batch_size=8, epochs=5, verbose=0, callbacks=callbacks
    )
    np.savez(folder / name, *values(model))

def in_child(work, *arguments):
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def attempt(number, kills):
    callbacks = [ExactBackup(folder / "backup", save_freq=1)]
    if number < kills:
        callbacks += lethal(number)
    train("resumed.npz", callbacks, 0 if number == 0 else 100 + number)

codes = [in_child(train, "whole.npz", [], 0)]
codes += [in_child(attempt, number, KILLS) for number in range(KILLS + 1)]
print(*codes)
"""


def test_kills_end_with_the_weights_of_an_undisturbed_run(tmp_path):
    seed = random.randrange(1000)  # Of the fixture's seed: always the same.
    script = SCRIPT.replace("KILLS", str(KILLS))
    codes = run(script, tmp_path, seed).split()
    assert codes == ["0", *["-9"] * KILLS, "0"]
    with (
        np.load(tmp_path / "whole.npz") as whole,
        np.load(tmp_path / "resumed.npz") as resumed,
    ):
        assert whole.files == resumed.files
        for name in whole.files:
            np.testing.assert_array_equal(whole[name], resumed[name])
    assert list((tmp_path / "backup").iterdir()) == []
