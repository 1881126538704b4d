"""Progress in a terminal, from the same events as the bar in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from runbook_lib.model.progress import Progress, Step, silent

__all__ = ["many_bars", "one_bar"]


@contextmanager
def one_bar() -> Iterator[Progress]:
    """A bar on standard error while the block runs, gone afterwards; nothing when that is not a terminal."""
    with many_bars() as new_bar:
        yield new_bar("")


class _Bars:
    """Hands out one bar per caller; safe to use from several threads."""

    def __init__(self, shown: object) -> None:
        self._shown = shown
        self._lock = Lock()

    def __call__(self, name: str) -> Progress:
        from rich.progress import Progress as Bars

        shown = self._shown
        if not isinstance(shown, Bars):
            return silent
        task = shown.add_task(name, total=None, name=name, label="")

        def report(step: Step) -> None:
            with self._lock:
                shown.update(task, total=step.total, completed=step.done, label=step.label)

        return report


@contextmanager
def many_bars() -> Iterator[_Bars]:
    """As `one_bar`, with one named bar for each call of what is yielded."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Bars(None)
        return
    columns = (SpinnerColumn(), TextColumn("{task.fields[name]}"), BarColumn(bar_width=28), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[label]}"), console=console, transient=True) as shown:
        yield _Bars(shown)
