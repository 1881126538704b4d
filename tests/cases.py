"""Many cases in one test: every case runs, and each one that fails is told under its own id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

__all__ = ["every_case"]


class _Case:
    """Runs its block and keeps what it raised; an interrupt and what pytest itself raises go through."""

    def __init__(self, id_: str, failed: list[Exception]) -> None:
        self._id = id_
        self._failed = failed

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        error.add_note(f"in the case {self._id}")
        self._failed.append(error)
        return True


class Cases:
    """Calling it opens a case: `with case("gateway seed 3"): assert …`."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.failed: list[Exception] = []

    def __call__(self, *words: object) -> _Case:
        self.ids.append(" ".join(map(str, words)))
        return _Case(self.ids[-1], self.failed)


@contextmanager
def every_case() -> Iterator[Cases]:
    """Opens cases; at the end raises what all that failed raised, and fails if there was no case at all."""
    cases = Cases()
    yield cases
    assert cases.ids, "not one case was run"
    if cases.failed:
        raise ExceptionGroup(f"{len(cases.failed)} of {len(cases.ids)} cases failed", cases.failed)
