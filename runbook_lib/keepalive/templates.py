"""Templates of Helm charts before they are rendered: made readable as YAML, with what is not known marked as such.

An expression becomes a token, so that the value around it is not known. A line that only controls (`if`, `end`, ...)
goes away; what stands in a branch may or may not be rendered, so its lines are named, and the numbers of its commands
become tokens too. A branch around a whole document does not count: where the document exists, its values stand.

Source: https://helm.sh/docs/chart_template_guide/control_structures/ (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["BRANCH", "Opened", "has_branches", "is_template", "opened"]

BRANCH = "{{ what a branch of the template decides }}"
"""The value of a setting that may be rendered, and may not."""

_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_AROUND = re.compile(r"^\s*(?:ztpl\d+z\s*)+|(?:\s*ztpl\d+z)+\s*$")
_TOKEN = re.compile(r"ztpl(\d+)z")
_OPENS = frozenset({"if", "with", "range", "define", "block"})
_QUIET = _OPENS | {"else", "end", "break", "continue"}
_INDENT = re.compile(r"\bn?indent\s+(\d+)")
_DOCUMENT = re.compile(r"(?:apiVersion|kind):")
_NUMBER = re.compile(r"(tcp_keepalive_\w+\s*[=:]\s*[\"']?)\d+|(\d+)(?=[\"']?\s*>\s*\S*tcp_keepalive_)")


@dataclass(slots=True)
class Opened:
    """A template as YAML, and the expression behind each token: `ztpl0z` stands for the first.

    `unsure` are the lines, from 0, that a branch decides.
    """

    text: str = ""
    expressions: list[str] = field(default_factory=list)
    unsure: frozenset[int] = frozenset()

    def token(self, expression: str) -> str:
        """A new token for an expression."""
        self.expressions.append(" ".join(expression.split()))
        return f"ztpl{len(self.expressions) - 1}z"


def is_template(text: str) -> bool:
    """True when a text holds expressions of a template."""
    return _ACTION.search(text) is not None


def opened(text: str) -> Opened:
    """The template as YAML with tokens, line for line."""
    found = Opened()
    marked = _ACTION.sub(lambda action: found.token(action.group()) + "\n" * action.group().count("\n"), text)
    lines = marked.split("\n")
    depths = tuple(_depths(lines, found))
    bases = _bases(lines, depths)
    kept: list[str] = []
    for number, line in enumerate(lines):
        nearby = next((later for later in lines[number + 1 :] if later.strip() and not _is_alone(later)), "")
        kept.append(_line(line, nearby, found, is_sure=depths[number] <= bases[number]))
    found.text = "\n".join(kept)
    found.unsure = frozenset(number for number in range(len(lines)) if depths[number] > bases[number])
    return found


def has_branches(text: str) -> bool:
    """True when parts of a text may be rendered, and may not, even where it reads as YAML as it is."""
    return any(_word(action) in _QUIET for action in _ACTION.findall(text))


def _word(expression: str) -> str:
    """The first word of an expression, or `:=` for an assignment and `/*` for a comment."""
    inner = expression.removeprefix("{{").removesuffix("}}").strip("- \t")
    if inner.startswith("/*"):
        return "/*"
    return ":=" if re.match(r"\$\w*(\s*,\s*\$\w+)?\s*:?=", inner) else inner.split(" ", 1)[0]


def _is_alone(line: str) -> bool:
    return bool(_TOKEN.search(line)) and not _TOKEN.sub("", line).strip()


def _depths(lines: list[str], found: Opened) -> Iterator[int]:
    """How many branches are open in each line."""
    depth = 0
    for line in lines:
        words = [_word(found.expressions[int(number)]) for number in _TOKEN.findall(line)]
        depth += sum(word in _OPENS for word in words)
        yield depth
        depth -= sum(word == "end" for word in words)


def _bases(lines: list[str], depths: tuple[int, ...]) -> list[int]:
    """How many branches enclose the whole document of each line."""
    bases: list[int] = []
    start = 0
    for number, line in enumerate([*lines, "---"]):
        if line.startswith("---"):
            inside = range(start, min(number, len(lines)))
            base = next((depths[at] for at in inside if _DOCUMENT.match(lines[at])), 0)
            bases += [base] * len(inside)
            start = number
    return bases


def _line(line: str, nearby: str, found: Opened, *, is_sure: bool) -> str:
    """One line as YAML; what only controls is gone, what prints a block stands as one entry of it."""
    numbers = [int(number) for number in _TOKEN.findall(line)]
    if not numbers and is_sure:
        return line
    if _is_alone(line):
        printed = [number for number in numbers if _word(found.expressions[number]) not in (*_QUIET, "/*", ":=")]
        return _entry(line, printed[0], nearby, found) if printed else ""
    if is_sure:
        return line
    if (first := _TOKEN.match(line.lstrip())) and _word(found.expressions[int(first[1])]) in _QUIET:
        line = _AROUND.sub(lambda tokens: _without_control(tokens, found), line)
    return _NUMBER.sub(lambda number: f"{number[1] or ''}{found.token(BRANCH)}", line)


def _without_control(tokens: re.Match[str], found: Opened) -> str:
    """What is left of the tokens at the start or the end of a line when those that only control are gone."""
    return _TOKEN.sub(
        lambda token: "" if _word(found.expressions[int(token[1])]) in _QUIET else token.group(), tokens.group()
    )


def _entry(line: str, number: int, nearby: str, found: Opened) -> str:
    """The entry that stands for a printed block: an item where its neighbour is one, else a key."""
    told = _INDENT.search(found.expressions[number])
    indent = int(told[1]) if told else len(line) - len(line.lstrip())
    is_item = nearby.lstrip().startswith("- ") and len(nearby) - len(nearby.lstrip()) == indent
    token = f"ztpl{number}z"
    return " " * indent + (f"- {token}" if is_item else f"{token}: {token}")
