"""Starts the worker processes of a cluster on this machine."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """How a process ended: None for one that had to be killed."""

    code: int | None
    output: str
    errors: str


def configurations(count):
    """`TF_CONFIG` of every worker; empty for a process without a cluster."""
    if count == 1:
        return [{}]
    with contextlib.ExitStack() as open_sockets:
        sockets = [
            open_sockets.enter_context(socket.create_server(("localhost", 0)))
            for _ in range(count)
        ]
        hosts = [f"localhost:{s.getsockname()[1]}" for s in sockets]
    return [
        {
            "TF_CONFIG": json.dumps(
                {
                    "cluster": {"worker": hosts},
                    "task": {"type": "worker", "index": index},
                }
            )
        }
        for index in range(count)
    ]


class Workers:
    """Worker processes that run `python -m MODULE ARGUMENTS`."""

    def __init__(self, count, module, *arguments):
        self._folder = tempfile.TemporaryDirectory()
        self._processes = []
        command = [sys.executable, "-m", module, *map(str, arguments)]
        for index, variables in enumerate(configurations(count)):
            with (
                self._file(index, "output").open("w") as output,
                self._file(index, "errors").open("w") as errors,
            ):
                process = subprocess.Popen(
                    command,
                    cwd=_ROOT,
                    env={**os.environ, **variables},
                    stdout=output,
                    stderr=errors,
                )
            self._processes.append(process)

    def ended(self, but=None, timeout=150):
        """How each has ended, after `timeout` seconds at the latest.

        Args:
            but: Index of a worker that is not waited for.
            timeout: In seconds.
        """
        deadline = time.monotonic() + timeout
        for index, process in enumerate(self._processes):
            with contextlib.suppress(subprocess.TimeoutExpired):
                if index != but:
                    process.wait(max(0.0, deadline - time.monotonic()))
        codes = [process.poll() for process in self._processes]
        for process in self._processes:
            process.kill()
            process.wait()
        with self._folder:
            return [
                Ended(
                    code,
                    self._file(index, "output").read_text(),
                    self._file(index, "errors").read_text(),
                )
                for index, code in enumerate(codes)
            ]

    def _file(self, index, stream):
        return Path(self._folder.name, f"{index}.{stream}")
