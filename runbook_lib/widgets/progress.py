"""Progress in a notebook, from the same events as the bar in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runbook_lib.model.progress import Progress, Step, silent

__all__ = ["notebook_bar"]


@contextmanager
def notebook_bar(alive: bool = True) -> Iterator[Progress]:
    """A bar above the output of the cell while the block runs, gone afterwards; nothing when not `alive`."""
    if not alive:
        yield silent
        return
    import ipywidgets
    from ipywidgets.widgets.interaction import display

    bar = ipywidgets.IntProgress(min=0, max=1, layout=ipywidgets.Layout(width="20rem"))
    label = ipywidgets.Label()
    box = ipywidgets.HBox([bar, label])
    display(box)

    def report(step: Step) -> None:
        bar.max, bar.value, label.value = max(step.total, 1), step.done, step.label

    try:
        yield report
    finally:
        box.close()
        bar.close()
        label.close()
