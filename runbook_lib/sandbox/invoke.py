"""Lets the functions of a world run; their log groups, their metrics and the NAT gateway's tell what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runbook_lib.sandbox.load.callers import Caller, Step
from runbook_lib.sandbox.load.jobs import Done, Job
from runbook_lib.sandbox.load.play import Wish, play
from runbook_lib.sandbox.load.runtime_logs import Writer
from runbook_lib.sandbox.load.series import function_series, nat_series
from runbook_lib.sandbox.load.ways import IDLE_LIMIT_S, Answers, Nat, Tenant, Way
from runbook_lib.sandbox.staging import add_series
from runbook_lib.sandbox.world import World

__all__ = ["at_minutes", "burst", "call_and_wait", "crowded", "invoke", "spread", "upload"]

_BETWEEN_S = 0.11
_MINUTE_S = 60


def burst(world: World, count: int = 10, *, minutes_ago: float = 30, subnets: Sequence[str] = ()) -> list[Wish]:
    """Invocations started one after another within about a second; `subnets` says where each of them lands."""
    start_s = world.now_s - minutes_ago * _MINUTE_S
    places: list[str | None] = [*subnets] or [None] * count
    return [Wish(at_s=start_s + number * _BETWEEN_S, subnet_id=places[number]) for number in range(count)]


def spread(world: World, count: int, *, minutes_ago: float = 58, minutes: float = 55) -> list[Wish]:
    """Invocations spread evenly over some minutes, one after another."""
    start_s, apart_s = world.now_s - minutes_ago * _MINUTE_S, minutes * _MINUTE_S / count
    return [Wish(at_s=start_s + number * apart_s) for number in range(count)]


def at_minutes(world: World, minutes_ago: Iterable[float]) -> list[Wish]:
    """Invocations at these moments, in minutes before the world was built."""
    return [Wish(at_s=world.now_s - minutes * _MINUTE_S) for minutes in minutes_ago]


def upload(world: World, bucket: str, **changes: Any) -> Job:
    """An upload to a bucket of this Region."""
    host = f"{bucket}.s3.{world.region}.amazonaws.com"
    return Job(**{"host": host, "address": "52.219.40.18", "resource": f"arn:aws:s3:::{bucket}", **changes})


def crowded(world: World, nat_gateway_id: str, *, free: int = 5) -> Nat:
    """The NAT gateway while the batch jobs hold all its ports to the destination but `free`, and wait for more."""
    since_s, until_s = world.now_s - 45 * _MINUTE_S, world.now_s - 10 * _MINUTE_S
    nat = Nat(nat_gateway_id=nat_gateway_id)
    export = Tenant(name="data-lake-export", ports=41_000, since_s=since_s, until_s=until_s, waiting=600)
    rest = nat.capacity - export.ports - free
    nat.tenants = (export, Tenant(name="audit-log-shipper", ports=rest, since_s=since_s, until_s=until_s))
    return nat


def invoke(
    world: World,
    function: str,
    ways: Way | Mapping[str, Way],
    job: Job,
    wishes: Iterable[Wish],
    *,
    throttles: Sequence[float] = (),
    **logging: Any,
) -> list[Done]:
    """Run a function; `ways` is the way to the job's destination from its subnets, one for all or by subnet id.

    `throttles` are moments at which Lambda refused an invocation, `logging` is how the function logs (see Writer).
    A NAT gateway among the ways belongs to this load only. Returns what became of the invocations.
    """
    known = world.functions[function]
    by_subnet = ways if isinstance(ways, Mapping) else dict.fromkeys(known.subnets or ("",), ways)
    invocations = play(known, by_subnet, job, list(wishes))
    world.done += invocations
    writer = Writer(
        function=function,
        region=world.region,
        runtime=known.runtime,
        memory_mb=known.memory_mb,
        timeout_s=known.timeout_s,
        **logging,
    )
    if writer.log_format == "JSON":
        levels = {"ApplicationLogLevel": writer.application_level, "SystemLogLevel": writer.system_level}
        group = {"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{function}"}
        world.stage(function, {"LoggingConfig": group | levels})
    world.log_group(function, writer.write(invocations))
    add_series(world.region, "AWS/Lambda", {"FunctionName": function}, function_series(invocations, throttles))
    for nat in {id(way): way for way in by_subnet.values() if isinstance(way, Nat)}.values():
        add_series(world.region, "AWS/NATGateway", {"NatGatewayId": nat.nat_gateway_id}, nat_series(nat))
    return invocations


def call_and_wait(
    world: World, function: str, wishes: Iterable[Wish], job: Job, *, nat: str, log_group: str, keepalive: bool
) -> list[Done]:
    """Let callers behind a NAT gateway invoke a function and wait; what they log goes to a log group.

    The function's own way to the destination of its job is free. Without `keepalive` the NAT gateway forgets the
    connections of callers that are silent for too long.
    """
    done = invoke(world, function, Answers(), job, wishes)
    caller = Caller(function=function, region=world.region, loses_after_s=None if keepalive else IDLE_LIMIT_S)
    world.container_log(log_group, caller.write(done))
    gateway = Nat(nat_gateway_id=nat)
    for at_s, what in caller.connections(done):
        if what is Step.OPENS:
            gateway.opens(at_s, 0)
        elif what is Step.IS_LOST:
            gateway.reset(at_s)
        else:
            gateway.closed(at_s)
    add_series(world.region, "AWS/NATGateway", {"NatGatewayId": nat}, nat_series(gateway))
    return done
