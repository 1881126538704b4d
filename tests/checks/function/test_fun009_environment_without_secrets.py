"""FUN009: does the environment hold what looks like a secret?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun009_environment_without_secrets as fun009
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.function.about import cited, config
from tests.checks.worlds import two_zones


def environment(found: list[dict[str, str]] | None, **variables: str) -> World:
    told: dict[str, Any] = {"Environment": {"Variables": variables}} if variables else {}
    made = config(**told)
    if found is not None:
        made.changed("FunctionConfigurations", "worker", lambda raw: raw.update(EnvironmentFindings=found))
    return made


def seen(value: Any) -> Any:
    return cited("FunctionConfigurations", "lambda:GetFunctionConfiguration", "/EnvironmentFindings", value)


@pytest.mark.parametrize(
    ("made", "said", "value"),
    [
        (environment([], STAGE="x"), "worker: none of its 1 environment variable looks like a secret.", []),
        (environment(None), "worker has no environment variable.", None),
    ],
)
def test_nothing_that_looks_like_a_secret(made: World, said: str, value: Any) -> None:
    assert made.ask(fun009) == (fun009.META.passed(made.view().function("worker"), said, seen(value)),)


def test_what_looks_like_a_secret_is_named_without_its_value() -> None:
    told = [{"Name": "TOKEN", "Pattern": "GitHub token"}, {"Name": "KEY", "Pattern": "PEM private key"}]
    made = environment(told, TOKEN="gone", KEY="gone", STAGE="x")
    said = (
        "worker keeps in its environment what looks like a secret: KEY (PEM private key), TOKEN (GitHub token); "
        "keep it in Secrets Manager or Parameter Store."
    )
    failed = fun009.META.failed(made.view().function("worker"), said, seen(told), code="SECRET_IN_ENVIRONMENT")
    assert made.ask(fun009) == (failed,)
    assert "gone" not in str(made.ask(fun009))


@pytest.mark.parametrize(
    "made", [environment(None, STAGE="x"), config(Environment={"Error": {"ErrorCode": "KMSAccessDeniedException"}})]
)
def test_values_that_nobody_looked_at(made: World) -> None:
    (found,) = made.ask(fun009)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_LOOKED_AT")


def test_a_configuration_that_was_not_read_and_a_target_without_functions() -> None:
    (found,) = environment([]).denied("FunctionConfigurations").ask(fun009)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    (none,) = two_zones().ask(fun009)
    assert none.status is Status.NOT_APPLICABLE
