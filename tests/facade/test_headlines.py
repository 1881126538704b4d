"""The sentence under the verdict of a deployment: what so many successes show, and what to look at next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.facade.awaiting import rows_of
from runbook_lib.facade.headlines import deployment_headline
from runbook_lib.model.status import Verdict
from tests.checks.deploy.cases import deployed
from tests.render import samples

NEXT = " Next: `runbook run {} -p function_name pdf-worker` weighs why."


def said(*ends: str, verdict: Verdict = Verdict.FAIL, hypotheses: tuple[dict[str, Any], ...] = ()) -> str:
    view = deployed().sent("smoke", "ok").sent("burst", *ends).view()
    result = replace(samples.result(), verdict=verdict, headline="pdf-worker: so it is.", hypotheses=hypotheses)
    return deployment_headline(result, rows_of(view, view.function("worker")))


def test_a_pass_says_what_so_many_successes_show() -> None:
    assert said(*["ok"] * 10, verdict=Verdict.PASS) == (
        "pdf-worker: 10 of 10 requests succeeded: at least 74% with 95% confidence; so it is."
    )


@pytest.mark.parametrize(
    ("ends", "causes", "expected"),
    [
        (("ok", "error"), (), NEXT.format("nat_gateway")),
        (("ok", "error"), ("nat_port_exhaustion",), NEXT.format("nat_gateway")),
        (("ok", "error"), ("network_path_blocked", "nat_port_exhaustion"), NEXT.format("network_path")),
        (("wrong", "wrong"), (), " Next: compare the response with the assertion, then the code and its variables."),
        (("wrong", "error"), (), NEXT.format("nat_gateway")),
        (("throttled", "throttled"), (), ""),
        (("ok", "silent"), (), ""),
    ],
)
def test_a_failure_says_what_to_look_at_next(ends: tuple[str, ...], causes: tuple[str, ...], expected: str) -> None:
    weighed = tuple({"cause": cause, "verdict": "likely"} for cause in causes)
    assert said(*ends, hypotheses=weighed) == f"pdf-worker: so it is.{expected}"
