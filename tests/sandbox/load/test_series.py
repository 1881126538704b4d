from runbook_lib.sandbox.load.jobs import Done, Failure, FailureKind, Job
from runbook_lib.sandbox.load.quiet import NAT_METRICS, quiet_minute
from runbook_lib.sandbox.load.records import Numbers
from runbook_lib.sandbox.load.series import function_series, nat_series
from runbook_lib.sandbox.load.ways import Nat, Tenant

MINUTE = 1_790_000_040
JOB = Job(host="h", address="192.0.2.1")


def _done(number: int, start_s: float, duration_s: float, *, failed: bool = False) -> Done:
    return Done(
        request_id=str(number),
        number=number,
        stream="s",
        subnet_id="subnet-a",
        start_s=start_s,
        duration_ms=duration_s * 1000,
        init_ms=None,
        memory_used_mb=100,
        job=JOB,
        failure=Failure(kind=FailureKind.CONNECT_TIMEOUT, job=JOB) if failed else None,
    )


def test_function_is_counted_in_the_minute_in_which_it_ends() -> None:
    found = function_series([_done(0, MINUTE, 2), _done(1, MINUTE + 1, 130, failed=True)], [MINUTE + 5.0])
    assert {minute: numbers.total for minute, numbers in found["Invocations"].items()} == {MINUTE: 1, MINUTE + 120: 1}
    assert {minute: numbers.total for minute, numbers in found["Errors"].items()} == {MINUTE: 0, MINUTE + 120: 1}
    assert found["Throttles"][MINUTE] == Numbers(2.0, 1.0, 0.0, 1.0)
    assert found["Duration"][MINUTE + 120] == Numbers.one(130_000.0)
    most = {minute: numbers.most for minute, numbers in found["ConcurrentExecutions"].items()}
    assert most == {MINUTE: 2, MINUTE + 60: 1, MINUTE + 120: 1}


def test_quiet_function_reports_nothing() -> None:
    assert function_series([]) == {}


def test_gateway_reports_what_it_holds_on_top_of_the_quiet() -> None:
    tenant = Tenant(name="t", ports=1000, since_s=MINUTE, until_s=MINUTE + 120.0)
    nat = Nat(nat_gateway_id="nat-1", tenants=(tenant,))
    assert nat.opens(MINUTE + 30.0, 1024)
    nat.closed(MINUTE + 31.0)
    found = nat_series(nat)
    held = {minute: numbers.most for minute, numbers in found["ActiveConnectionCount"].items()}
    assert held == {
        MINUTE: 1001 + _quiet("ActiveConnectionCount", 0),
        MINUTE + 60: 1000 + _quiet("ActiveConnectionCount", 60),
    }
    assert found["ConnectionEstablishedCount"][MINUTE].total == 1001 + _quiet("ConnectionEstablishedCount", 0)
    assert found["BytesOutToDestination"][MINUTE].total > _quiet("BytesOutToDestination", 0)
    assert "ErrorPortAllocation" not in found
    assert set(found) <= set(NAT_METRICS)


def _quiet(metric: str, after_s: int) -> float:
    numbers = quiet_minute(metric, MINUTE + after_s)
    assert numbers is not None
    return numbers.total


def test_unused_gateway_has_no_series_of_its_own() -> None:
    assert nat_series(Nat(nat_gateway_id="nat-1")) == {}
    assert quiet_minute("NoSuchMetric", MINUTE) is None
