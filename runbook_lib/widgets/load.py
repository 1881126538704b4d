"""What if there were more: sliders for a load, with the answer below; without a living kernel the answer alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runbook_lib.errors import RunbookError
from runbook_lib.render.html import escape
from runbook_lib.render.load_table import LoadAsked
from runbook_lib.render.tables import Table

__all__ = ["LoadSliders"]

_DECADES = 5
_FINE = 0.02
_CONNECTIONS, _ADDRESSES = 50, 8


class LoadSliders:
    """Three sliders, invocations at once, connections each and addresses, over the table that `answer` makes of them.

    Not `alive`, it is the table alone.
    """

    def __init__(self, asked: LoadAsked, answer: Callable[[LoadAsked], Table], *, alive: bool = True) -> None:
        self.asked = asked
        self._answer = answer
        self._alive = alive
        self._box: Any = None

    @property
    def table(self) -> Table:
        """The answer for the load of this moment."""
        return self._answer(self.asked)

    @property
    def box(self) -> Any:
        """The widgets, made when first asked for."""
        if self._box is None:
            self._box = self._made()
        return self._box

    def __repr__(self) -> str:
        """The text twin."""
        return repr(self.table)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if not self._alive:
            return {"text/plain": repr(self.table), "text/html": self.table._repr_html_()}
        bundle: dict[str, Any] = self.box._repr_mimebundle_()
        return {**bundle, "text/plain": repr(self.table)}

    def _made(self) -> Any:
        import ipywidgets

        look = {"style": {"description_width": "10.5rem"}, "layout": ipywidgets.Layout(width="34rem")}
        most = max(_DECADES, len(str(self.asked.concurrency)))
        self._concurrency = ipywidgets.FloatLogSlider(
            description="Invocations at once", value=max(self.asked.concurrency, 1), min=0, max=most, step=_FINE,
            readout_format=",.0f", **look,
        )  # fmt: skip
        self._connections = ipywidgets.IntSlider(
            description="Connections each", value=self.asked.connections, min=0,
            max=max(_CONNECTIONS, self.asked.connections), **look,
        )  # fmt: skip
        self._addresses = ipywidgets.IntSlider(
            description="Addresses",
            value=self.asked.addresses,
            min=1,
            max=max(_ADDRESSES, self.asked.addresses),
            **look,
        )
        self._shown = ipywidgets.HTML(value=self.table._repr_html_())
        sliders = [self._concurrency, self._connections, self._addresses]
        for slider in sliders:
            slider.observe(self._moved, "value")
        return ipywidgets.VBox([*sliders, self._shown])

    def _moved(self, _: Mapping[str, Any]) -> None:
        try:
            self.asked = LoadAsked(
                concurrency=round(self._concurrency.value),
                connections=self._connections.value,
                addresses=self._addresses.value,
            )
            self._shown.value = self.table._repr_html_()
        except RunbookError as error:
            self._shown.value = str(escape(str(error)))
