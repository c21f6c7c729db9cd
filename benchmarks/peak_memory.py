"""Peak memory of one piece of work, in a process of its own."""

import json
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from benchmarks.machine import accelerator
from keras_itra.validation import require

ROOT = Path(__file__).resolve().parents[1]


def in_fresh_process(module: str, job: Mapping[str, Any]) -> float:
    """Run `python -m module job` and read the number that it prints last.

    Args:
        module: Calls `print_growth`.
        job: JSON values.

    Returns:
        The number: growth in megabytes.

    Raises:
        RuntimeError: If the process fails, with its last lines.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, json.dumps(job)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"Expected {module} to finish. Received: job={job!r}, "
            f"returncode={done.returncode}\n{done.stderr[-2000:]}"
        )
    return float(done.stdout.split()[-1])


def peak_growth(work: Callable[[], object]) -> float:
    """By how much memory grows at its peak, in units of 2^20 bytes.

    On a GPU its own memory is counted. The host's comes from Linux's
    `VmHWM`: `ru_maxrss` of a child process starts at the peak of the process
    that started it, and would hide the growth.

    Args:
        work: What is done.
    """
    if accelerator():
        before = _device_peak()
        work()
        return (_device_peak() - before) / 2**20
    require(
        platform.system() == "Linux",
        "Linux to measure the peak memory of the host",
        system=platform.system(),
    )
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 2**10


def print_growth(work: Callable[[], object]) -> None:
    """Print `peak_growth` for `in_fresh_process`."""
    print(f"{peak_growth(work):.1f}")


def _status(key: str) -> int:
    """An entry of /proc/self/status, in kB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    raise ValueError(f"Expected an entry of the status. Received: key={key!r}")


def _device_peak() -> int:
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.config.experimental.get_memory_info("GPU:0")["peak"]
    if backend == "jax":
        import jax

        return jax.devices()[0].memory_stats()["peak_bytes_in_use"]
    import torch

    return torch.cuda.max_memory_allocated()
