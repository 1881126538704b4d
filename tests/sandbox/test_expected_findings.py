"""What a scenario declares is what the endpoint checks find in its world: nothing more, nothing less."""

import pytest

from runbook_lib import engine
from runbook_lib.checks.base import Settings
from runbook_lib.collect.aws import collect
from runbook_lib.collect.connection import Connection, Credentials
from runbook_lib.collect.limits import Wanted
from runbook_lib.model.status import Status
from runbook_lib.network import targets
from runbook_lib.network.view import View
from runbook_lib.sandbox import environment
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from runbook_lib.sandbox.staging import limit_pages

CREDENTIALS = Credentials(environment.ACCESS_KEY_ID, environment.SECRET_ACCESS_KEY, environment.SESSION_TOKEN)


def _evaluate_by_socket(aws: EmbeddedAws, name: str) -> engine.Evaluation:
    with aws.listening() as url:
        return _evaluate(Connection(region=find(name).region, endpoint_url=url, credentials=CREDENTIALS), name)


def _evaluate(connection: Connection, name: str) -> engine.Evaluation:
    scenario = find(name)
    wanted = Wanted(functions=(scenario.function,))
    snapshot = collect(connection, wanted, origin_kind="sandbox", scenario=name)
    target = targets.of_function(View(snapshot), scenario.function)
    services = tuple(scenario.parameters.get("services", "s3").split(","))
    return engine.evaluate(snapshot, Settings(target=target, services=services), select=["endpoints"], prove=False)


def _wrong(found: engine.Evaluation) -> list[tuple[str, str, str]]:
    return sorted(
        (finding.check_id, finding.status, finding.resource.name or finding.resource.id)
        for finding in found.findings
        if finding.check_id.startswith("END") and finding.status in (Status.FAIL, Status.UNKNOWN)
    )


@pytest.mark.parametrize("name", SCENARIOS)
def test_checks_find_exactly_what_is_declared(name: str) -> None:
    aws = EmbeddedAws(find(name))
    found = _evaluate(Connection(region=aws.region, session=aws.session()), name)
    declared = [(e.check_id, e.status, e.resource) for e in find(name).expected if e.check_id.startswith("END")]
    assert _wrong(found) == sorted(declared)
    assert found.verdict is find(name).verdicts["vpc_endpoints"]


@pytest.mark.parametrize("name", ["incident", "healthy-complex"])
def test_small_pages_change_nothing(name: str) -> None:
    aws = EmbeddedAws(find(name))
    whole = _wrong(_evaluate_by_socket(aws, name))
    calls = len(aws.front.served())
    aws = EmbeddedAws(find(name))
    limit_pages(5)
    assert _wrong(_evaluate_by_socket(aws, name)) == whole
    assert len(aws.front.served()) > calls


def test_a_session_of_this_process_serves_a_connection_too() -> None:
    aws = EmbeddedAws(find("fixed"))
    snapshot = collect(Connection(region=aws.region, session=aws.session()), Wanted(buckets=("lumen-invoices-prod",)))
    assert not snapshot.gaps
    assert snapshot.origin.account == environment.ACCOUNT
