"""What is asked of a deployment: refused before anything is read, agreed to as a whole, and joined to the facts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.act.asked import Mode
from runbook_lib.act.outcome import Outcome
from runbook_lib.collect.terraform import read_terraform
from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.facade.deploying import (
    Errand,
    Patience,
    Purpose,
    outputs_named,
    probed_names,
    with_terraform,
)
from runbook_lib.facade.joining import joined
from runbook_lib.facade.running import prepare
from runbook_lib.facade.sources import open_source
from runbook_lib.model.actions import InvocationsAsked, InvokeResult, TerraformOutput, TerraformState
from runbook_lib.model.fact import Scope
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Gap, listing_of
from runbook_lib.sandbox.server import start
from tests.builders import ACCOUNT, REGION, world

ARN = "arn:aws:lambda:ap-southeast-1:123456789012:function:render-invoice-pdf"


def function() -> Function:
    (found,) = world().vpc().subnet(az="a").group().function().snapshot().all(Function)
    return found


# before anything is read


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"payload": "{"}, "payload is not JSON"),
        ({"payload": json.dumps("x" * 6 * 1024 * 1024)}, "Lambda takes at most 6,291,456 for RequestResponse"),
        ({"payload": json.dumps("x" * 1024 * 1024), "events": 1}, "Lambda takes at most 1,048,576 for Event"),
        ({"assertion": "foo("}, "is not a JMESPath expression"),
        ({"assertion": "len(items)"}, "JMESPath has no function 'len'"),
        ({"qualifier": "a/b"}, "not a version or alias"),
        ({"burst": 1001}, "^burst is 1,001; at most 1,000 are possible"),
        ({"events": 1001}, "^events is 1,001; at most 1,000 are possible"),
        ({"concurrency": 201}, "concurrency is 201; at most 200 are possible"),
        ({"burst": -1}, "burst cannot be negative"),
        ({"burst_s": 0}, "^burst_s is 0; more than 0 and at most 3600 are possible"),
        ({"burst_s": 3601}, "^burst_s is 3601"),
        ({"max_cost_usd": -0.5}, "max_cost_usd cannot be negative"),
        ({"shortest_ms": 5, "longest_ms": 5}, "shortest_ms 5 is not below longest_ms 5"),
        ({"wanted_rate": 1.0}, "wanted_rate: .*expected a number between 0 and 1"),
        ({"log_wait_s": 3601}, "log_wait_s is 3,601; 0 to 3,600 are possible"),
        ({"metric_wait_s": -1}, "metric_wait_s is -1"),
        ({"probe": "ftp://x"}, "cannot probe 'ftp://x'"),
        ({"outputs": "endpoint_id=x"}, "no Terraform folder or file is"),
        ({"consent": "yes"}, "not the ARN of a Lambda function: 'yes'"),
        ({"consent": f"{ARN}:live"}, "consent names the function, not a version or alias"),
        ({"consent": f"{ARN}s"}, "consent is for function render-invoice-pdfs, but render-invoice-pdf is looked at"),
        ({"consent": ARN.replace("ap-southeast-1", "eu-west-1")}, "consent is for Region eu-west-1"),
        ({"consent": ARN.replace("123456789012", "999999999999")}, "consent is for account 999999999999"),
        ({"consent": ARN, "function_name": "audit-log-shipper"}, "but audit-log-shipper is looked at"),
        ({"probe_consent": f"{ARN}s", "probe": "s3"}, "consent is for function render-invoice-pdfs"),
        ({"probe_consent": ARN}, "probe_consent is given, but probe names no destination"),
        ({"burst": 10, "concurrency": 11}, "concurrency is 11, but the burst has 10 requests"),
        ({"burst": 0, "concurrency": 1}, "concurrency is 1, but the burst is not asked for"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_what_could_not_be_sent_is_refused_before_a_kernel_starts(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prepare("post_deploy", (), [(name, str(value)) for name, value in given.items()])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"consent": ARN},
        {"consent": ARN, "function_name": ARN},
        {"payload": json.dumps("x" * (6 * 1024 * 1024 - 2))},
        {"burst": 0},
        {"burst": 1000, "concurrency": 200},
        {"burst": 3, "concurrency": 3},
        {"burst": 1000},
        {"shortest_ms": 4, "longest_ms": 5},
        {"wanted_rate": 0.999},
    ],
    ids=str,
)
def test_what_can_be_sent_is_accepted(given: dict[str, Any]) -> None:
    job = prepare("post_deploy", (), [(name, str(value)) for name, value in given.items()])
    assert {name: job.parameters[name] for name in given} == given


def test_a_folder_without_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no Terraform state"):
        prepare("post_deploy", (), [("terraform", str(tmp_path))])


def test_saved_facts_cannot_be_invoked(tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text('{"Functions": []}')
    with pytest.raises(UsageError, match="saved facts cannot be invoked"):
        prepare("post_deploy", (), [("source", f"snapshot:{tmp_path}"), ("consent", ARN)])


# what is sent


def test_all_requests_of_a_burst_run_at_the_same_time_as_far_as_may_be() -> None:
    def at_once(**given: int) -> int:
        salvo = Errand(**given).salvo  # type: ignore[arg-type]
        assert salvo is not None
        return salvo.concurrency

    assert [at_once(), at_once(burst=200), at_once(burst=201), at_once(concurrency=3)] == [10, 200, 200, 3]
    assert Errand(burst=0).salvo is None


def test_an_event_has_no_response_to_assert_anything_about() -> None:
    queue = Errand(assertion="ok", events=2).queue
    assert queue is not None
    assert (queue.invoke.mode, queue.invoke.assertion, queue.count) == (Mode.EVENT, "", 2)
    assert Errand().queue is None


def test_the_sandbox_answers_ok_and_an_account_says_nothing() -> None:
    errand = Errand()
    assert errand.of(open_source("sandbox:incident")).assertion == "ok"
    assert errand.of(open_source("aws")).assertion == ""
    assert replace(errand, assertion="x").of(open_source("sandbox:incident")).assertion == "x"


def test_a_scenario_sets_the_window_that_its_story_is_about_where_none_is_given() -> None:
    slow = open_source("sandbox:slow-but-correct")

    def window(errand: Errand) -> tuple[float, float]:
        return errand.shortest_ms, errand.longest_ms

    assert window(Errand().of(slow)) == (0, 2000)
    assert window(Errand(assertion="stored").of(slow)) == (0, 2000)
    assert window(Errand(longest_ms=40_000).of(slow)) == (0, 40_000)
    assert window(Errand(shortest_ms=10).of(slow)) == (10, 0)
    assert window(Errand().of(open_source("sandbox:incident"))) == (0, 0)
    assert window(Errand().of(open_source("aws"))) == (0, 0)


def test_consent_is_to_the_sum_of_everything() -> None:
    consents = Errand(burst=10, events=3).consents(function())
    assert {purpose: consent.maximum for purpose, consent in consents.items()} == {
        Purpose.SMOKE: 2,
        Purpose.BURST: 10,
        Purpose.EVENT: 3,
        Purpose.WHOLE: 15,
    }
    parts = [consent.cost_usd for purpose, consent in consents.items() if purpose is not Purpose.WHOLE]
    assert consents[Purpose.WHOLE].cost_usd == pytest.approx(sum(parts))
    assert {consent.function_arn for consent in consents.values()} == {function().arn}


def test_the_window_and_the_rate_are_kept_with_what_was_agreed_to() -> None:
    def kept(**asked: Any) -> list[tuple[Any, ...]]:
        errand = Errand(burst=4, events=2, **asked)
        items = errand.agreed(errand.consents(function()))
        listing, problems = listing_of(InvocationsAsked.KEY, Scope(), items)
        assert problems == ()
        facts = [fact for fact in listing.facts if isinstance(fact, InvocationsAsked)]
        return [(fact.purpose, fact.shortest_ms, fact.longest_ms, fact.wanted_rate) for fact in facts]

    purposes = ("burst", "event", "smoke")
    assert kept(shortest_ms=10, longest_ms=900, wanted_rate=0.9) == [(purpose, 10, 900, 0.9) for purpose in purposes]
    assert kept() == [(purpose, 0, None, 0) for purpose in purposes]


def test_what_costs_too_much_or_has_no_arn_cannot_be_agreed_to() -> None:
    with pytest.raises(UsageError, match=r"more than max_cost_usd 0\.0001"):
        Errand(max_cost_usd=0.0001).consents(function())
    with pytest.raises(FactMissing, match="the ARN of worker"):
        Errand().consents(replace(function(), arn=None))


def test_patience_ends_within_the_hour() -> None:
    assert Patience(log_s=3600, metric_s=0) == Patience(log_s=3600, metric_s=0)
    with pytest.raises(UsageError, match="log_wait_s is 3,601"):
        Patience(log_s=3601)


def test_destinations_have_the_names_of_the_probe() -> None:
    assert probed_names("s3.amazonaws.com, http://10.0.0.1") == ("s3.amazonaws.com:443", "10.0.0.1:80")
    assert probed_names("") == ()


# what joins the facts


def state(folder: Path, **values: Any) -> Path:
    outputs = {name: {"value": value, "type": "string", "sensitive": False} for name, value in values.items()}
    told = {"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "a", "outputs": outputs}
    (folder / "terraform.tfstate").write_text(json.dumps({**told, "resources": []}))
    return folder


def test_outputs_are_named_or_have_the_names_of_what_they_tell(tmp_path: Path) -> None:
    read = read_terraform(state(tmp_path, function_name="worker", other="x"), "")
    assert outputs_named("", read) == {"function_name": "function_name"}
    assert outputs_named("endpoint_id = other", read) == {"endpoint_id": "other"}
    assert outputs_named("", None) == {}
    for text, said in (
        ("endpoint=other", "unknown role of an output 'endpoint'; nearest: endpoint_id"),
        ("endpoint_id", "names no output"),
    ):
        with pytest.raises(UsageError, match=said):
            outputs_named(text, read)
    with pytest.raises(UsageError, match="there are other"):
        outputs_named("", read_terraform(state(tmp_path, other="x"), ""))


def test_what_terraform_told_joins_the_facts(tmp_path: Path) -> None:
    snapshot = world().vpc().snapshot()
    assert with_terraform(snapshot, None, function().scope, {}) is snapshot
    read = read_terraform(state(tmp_path, function_name="worker"), "")
    made = with_terraform(snapshot, read, function().scope, {"function_name": "function_name"})
    assert [(fact.id, fact.value) for fact in made.all(TerraformOutput)] == [("function_name", "worker")]
    assert [state.asked for state in made.all(TerraformState)] == [(("function_name", "function_name"),)]


def test_an_outcome_joins_what_is_there_and_its_reason_is_a_gap() -> None:
    first = world().sent("smoke", "ok").snapshot()
    (item,) = world().sent("burst", "ok").snapshot().all(InvokeResult)
    told = joined(first, Outcome(key=InvokeResult.KEY, items=(item.raw,), asked=2, stopped="interrupted"), item.scope)
    assert [fact.id for fact in told.all(InvokeResult)] == ["burst-0001", "smoke-0001"]
    assert told.gaps == (*first.gaps, Gap(what=InvokeResult.KEY, reason="interrupted"))
    assert (item.scope.account, item.scope.region) == (ACCOUNT, REGION)


def test_a_version_that_does_not_exist_is_refused_before_a_notebook_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    with start("fixed") as sandbox:
        for name, value in sandbox.shared({}).items():
            monkeypatch.setenv(name, value)
        given = [("source", "sandbox:fixed"), ("consent", ARN)]
        with pytest.raises(UsageError, match=f"there is no version or alias 'nowhere' of {ARN}$"):
            prepare("post_deploy", (), [*given, ("qualifier", "nowhere")])
        with pytest.raises(UsageError, match=r"there is no version or alias 'nowhere' of render-invoice-pdf$"):
            prepare("post_deploy", (), [*given[:1], ("qualifier", "nowhere")])
        assert {request["operation"] for request in sandbox.requests()} == {"GetFunctionConfiguration"}
        prepare("post_deploy", (), [*given, ("qualifier", "$LATEST")])
