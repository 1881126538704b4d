"""Consent: what will happen, and a field for the name that agrees to it; without a living kernel the same as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_lib.render.html import escape
from runbook_lib.render.tables import Table

__all__ = ["ConsentForm"]


class ConsentForm:
    """Shows exactly what will happen and takes the name of the function, typed in full, as consent.

    `is_given` tells whether somebody agreed; with `given` that was so from the start, by a parameter. `how` says how
    to agree where nobody can type. Not `alive`, nothing can be typed. `does` is what the cells below do and do not.
    """

    def __init__(
        self,
        told: Table,
        *,
        name: str,
        how: str,
        given: bool,
        alive: bool = True,
        does: tuple[str, str] = ("invoke {name}", "invoke nothing"),
    ) -> None:
        self._told = told
        self._name = name
        self._how = how
        self.is_given = given
        self._alive = alive
        self._does = does
        self._box: Any = None

    @property
    def line(self) -> str:
        """Whether somebody agreed, in one sentence."""
        if self.is_given:
            return f"Agreed: the cells below {self._does[0].format(name=self._name)} as told above."
        return f"Not agreed: the cells below {self._does[1]}. To agree, {self._how}."

    @property
    def box(self) -> Any:
        """The widgets, made when first asked for."""
        if self._box is None:
            self._box = self._made()
        return self._box

    def __repr__(self) -> str:
        """The text twin."""
        return f"{self._told!r}\n{self.line}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if not self._alive:
            html = f'{self._told._repr_html_()}<div class="rb"><p>{escape(self.line)}</p></div>'
            return {"text/plain": repr(self), "text/html": html}
        bundle: dict[str, Any] = self.box._repr_mimebundle_()
        return {**bundle, "text/plain": repr(self)}

    def _made(self) -> Any:
        import ipywidgets

        self._field = ipywidgets.Text(
            description="Function",
            placeholder=f"type {self._name} to agree",
            value=self._name if self.is_given else "",
            layout=ipywidgets.Layout(width="34rem"),
        )
        self._line = ipywidgets.HTML(value=str(escape(self.line)))
        self._field.observe(self._typed, "value")
        return ipywidgets.VBox([ipywidgets.HTML(value=self._told._repr_html_()), self._field, self._line])

    def _typed(self, change: Mapping[str, Any]) -> None:
        self.is_given = change["new"].strip() == self._name
        self._line.value = str(escape(self.line))
