"""Pick a function or a VPC by typing a part of its name; without a living kernel the same as a line of text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from runbook_lib.errors import RunbookError, unknown_name
from runbook_lib.render.html import escape
from runbook_lib.widgets.goal import Goal

__all__ = ["Picker"]


class Picker:
    """Two searchable fields, function and VPC, one of which holds the pick.

    `vpcs` maps VPC id → name; `otherwise` says what is looked at when neither is picked. `asked` tells what is asked of
    the pick. `changed(function, vpc)` is called with a new pick, or with the old one when the `goal` was changed, and
    answers with HTML to show below the fields; it may set `asked`. Not `alive`, it is a line of text and can change
    nothing. A name that is not among those offered is told and changes nothing, unless none could be listed.
    """

    def __init__(
        self,
        *,
        functions: Sequence[str],
        vpcs: Mapping[str, str],
        function: str,
        vpc: str,
        asked: str,
        changed: Callable[[str, str], str],
        goal: Goal | None = None,
        otherwise: str = "everything",
        alive: bool = True,
    ) -> None:
        self._functions = tuple(sorted(functions))
        self._vpcs = {f"{id_} ({name})" if name else id_: id_ for id_, name in sorted(vpcs.items())}
        self.asked = asked
        self._changed = changed
        self.goal = goal
        self._otherwise = otherwise
        self._alive = alive
        self.function, self.vpc = function, vpc
        self._box: Any = None

    @property
    def text(self) -> str:
        """The pick in one line."""
        vpc = next((label for label, id_ in self._vpcs.items() if id_ == self.vpc), self.vpc)
        picked = f"function {self.function}" if self.function else f"VPC {vpc}" if vpc else self._otherwise
        known = f"{_count(self._functions, 'function')} and {_count(self._vpcs, 'VPC')} to choose from"
        return f"Picked: {picked}; {self.asked}. There are {known}."

    @property
    def box(self) -> Any:
        """The widgets, made when first asked for."""
        if self._box is None:
            self._box = self._made()
        return self._box

    def __repr__(self) -> str:
        """The text twin."""
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if not self._alive:
            return {"text/plain": self.text}
        bundle: dict[str, Any] = self.box._repr_mimebundle_()
        return {**bundle, "text/plain": self.text}

    def _made(self) -> Any:
        import ipywidgets

        wide = ipywidgets.Layout(width="34rem")
        told = {"continuous_update": False, "layout": wide}
        label = next((label for label, id_ in self._vpcs.items() if id_ == self.vpc), "")
        known = {self.function} & set(self._functions)
        self._function_field = ipywidgets.Combobox(
            description="Function",
            options=self._functions,
            value=self.function if known else "",
            placeholder="type a part of the name",
            **told,
        )
        self._vpc_field = ipywidgets.Combobox(
            description="or a VPC",
            options=tuple(self._vpcs),
            value=label,
            placeholder="type a part of the name",
            **told,
        )
        self._line = ipywidgets.HTML(value=str(escape(self.text)))
        self._function_field.observe(self._function_picked, "value")
        self._vpc_field.observe(self._vpc_picked, "value")
        goal = [self.goal.box(self._goal_changed)] if self.goal else []
        return ipywidgets.VBox([self._function_field, self._vpc_field, *goal, self._line])

    def _function_picked(self, change: Mapping[str, Any]) -> None:
        name = change["new"].strip()
        if not name:
            return
        if self._functions and name not in self._functions:
            self._tell(str(escape(f"Not picked: {unknown_name('function', name, self._functions)}.")))
            return
        self._vpc_field.value = ""
        self._take(name, "")

    def _vpc_picked(self, change: Mapping[str, Any]) -> None:
        name = change["new"].strip()
        if not name:
            return
        id_ = self._vpcs.get(name, name)
        if self._vpcs and id_ not in self._vpcs.values():
            self._tell(str(escape(f"Not picked: {unknown_name('VPC', name, self._vpcs)}.")))
            return
        self._function_field.value = ""
        self._take("", id_)

    def _goal_changed(self) -> None:
        self._take(self.function, self.vpc)

    def _take(self, function: str, vpc: str) -> None:
        self.function, self.vpc = function, vpc
        try:
            told = self._changed(function, vpc)
        except RunbookError as error:
            told = str(escape(str(error)))
        self._tell(told)

    def _tell(self, told: str) -> None:
        self._line.value = f"<div>{escape(self.text)}</div>{told}"


def _count(things: Collection[str], noun: str) -> str:
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"
