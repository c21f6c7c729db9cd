"""Progress of a comparison on the terminal."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from keras_itra._optional import require_module


class Progress:
    """Shows the runs of a comparison as they go; a context manager.

    A terminal gets a bar over all epochs of all runs with the time left, and
    anything else a line per finished run.

    Args:
        num_runs: Number of different runs.
        epochs: Epochs of all runs together.
        quiet: Whether to show nothing.
    """

    def __init__(
        self, num_runs: int, epochs: int, *, quiet: bool = False
    ) -> None:
        rich = require_module("rich.progress", "experiments")
        self._console = require_module("rich.console", "experiments").Console()
        self.num_runs = num_runs
        self._seen: set[str] = set()
        self._bar = rich.Progress(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            rich.TaskProgressColumn(),
            rich.TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            speed_estimate_period=600,
            transient=True,
            disable=quiet,
        )
        self._quiet = quiet
        self._task = self._bar.add_task("", total=epochs)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def start(self, name: str) -> None:
        """A run begins."""
        self._started = time.perf_counter()
        self._seen.add(name)
        self._bar.update(
            self._task,
            description=f"{name} ({len(self._seen)}/{self.num_runs})",
        )

    def advance(self) -> None:
        """An epoch of it ended."""
        self._bar.advance(self._task)

    def finish(self, name: str, validation: Mapping[str, float]) -> None:
        """The run ended."""
        if self._quiet:
            return
        seconds = time.perf_counter() - self._started
        self._console.print(
            f"[{len(self._seen)}/{self.num_runs}] {name}: validation "
            f"cross-entropy {validation['cross_entropy']:.4f}, accuracy "
            f"{validation['accuracy']:.2f} % ({seconds:.0f} s)",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    def skip(self, name: str, epochs: int) -> None:
        """The run was found finished, so there are fewer epochs to do."""
        if name in self._seen:
            return
        self._seen.add(name)
        remaining = self._bar.tasks[self._task].total - epochs
        self._bar.update(self._task, total=remaining)
