import pytest

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.extension.patching import add, replace, replace_property, require_version, wrap


class Victim:
    def greet(self, name: str) -> str:
        return f"hello {name}"

    @property
    def state(self) -> str:
        return "original"


@pytest.fixture
def victim() -> type[Victim]:
    return type("Copy", (Victim,), dict(vars(Victim)))


def test_wrap_hands_over_the_original(victim: type[Victim]) -> None:
    wrap(victim, "greet", lambda original, self, name: original(self, name.upper()))
    assert victim().greet("you") == "hello YOU"
    assert Victim().greet("you") == "hello you"


def test_replace_and_replace_property(victim: type[Victim]) -> None:
    replace(victim, "greet", lambda self, name: name)
    replace_property(victim, "state", lambda self: "patched")
    assert (victim().greet("you"), victim().state) == ("you", "patched")


def test_what_is_gone_or_changed_is_reported(victim: type[Victim]) -> None:
    for change in (
        lambda: wrap(victim, "gone", lambda original: None),
        lambda: replace(victim, "gone", None),
        lambda: replace_property(victim, "gone", lambda self: None),
    ):
        with pytest.raises(SandboxError, match="gone"):
            change()
    with pytest.raises(SandboxError, match="no property"):
        replace_property(victim, "greet", lambda self: None)


def test_add_fails_once_moto_has_its_own(victim: type[Victim]) -> None:
    add(victim, "fresh", lambda self: 1)
    with pytest.raises(SandboxError, match="drop the extension"):
        add(victim, "greet", lambda self: 1)


def test_another_moto_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    require_version()
    monkeypatch.setattr("moto.__version__", "5.2.6")
    with pytest.raises(SandboxError, match=r"needs moto 5\.2\.5, found 5\.2\.6"):
        require_version()
