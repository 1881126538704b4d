"""Databases for the tests: an instance with its parameter group, its network interface, and a proxy before it."""

from __future__ import annotations

from typing import Any

from tests.builders import World, rule

__all__ = ["HOST", "POSTGRES", "PROXY_HOST", "admitted", "database", "proxy", "reserved"]

POSTGRES = "LEAST({DBInstanceClassMemory/9531392},5000)"
HOST = "orders.c0ffee.ap-southeast-1.rds.amazonaws.com"
PROXY_HOST = "pool.proxy-c0ffee.ap-southeast-1.rds.amazonaws.com"


def database(
    made: World,
    value: str | None = POSTGRES,
    *,
    name: str = "orders",
    instance_class: str = "db.t3.medium",
    engine: str = "postgres",
    source: str = "system",
    status: str = "in-sync",
    vpc: str = "vpc-main",
    **more: Any,
) -> World:
    """A database instance with the groups `sg-db`, and its parameter group."""
    group = f"{name}-parameters"
    told = {"ParameterValue": value} if value is not None else {}
    made.item("DBParameters", DBParameterGroupName=group, Source=source, **told)
    return made.item(
        "DBInstances",
        DBInstanceIdentifier=name,
        DBInstanceClass=instance_class,
        Engine=engine,
        DBSubnetGroup={"VpcId": vpc},
        VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-db"}],
        Endpoint={"Address": HOST.replace("orders", name), "Port": 5432},
        DBParameterGroups=[{"DBParameterGroupName": group, "ParameterApplyStatus": status}],
        **more,
    )


def admitted(made: World, *, admits: str = "sg-fn", address: str = "10.0.0.40") -> World:
    """The network interface of the database, in subnet a, whose group lets one peer in."""
    made.group("db", ingress=[rule(admits, 5432)])
    return made.item(
        "NetworkInterfaces",
        NetworkInterfaceId="eni-db",
        VpcId="vpc-main",
        SubnetId="subnet-a",
        InterfaceType="interface",
        Description="RDSNetworkInterface",
        PrivateIpAddress=address,
        Groups=[{"GroupId": "sg-db"}],
    )


def proxy(made: World, *, target: str = "orders", health: str | None = "AVAILABLE", status: str = "available") -> World:
    """An RDS Proxy `pool` before a database instance."""
    made.item("DBProxies", DBProxyName="pool", Status=status, VpcId="vpc-main", Endpoint=PROXY_HOST)
    told = {"TargetHealth": {"State": health}} if health else {}
    return made.item("DBProxyTargets", DBProxyName="pool", Targets=[{"RdsResourceId": target, **told}])


def reserved(made: World, count: int | None = None, *, free: int = 1000) -> World:
    """Executions that the function has reserved, or what the account has left."""
    told = {} if count is None else {"ReservedConcurrentExecutions": count}
    made.item("FunctionConcurrencies", FunctionName="worker", **told)
    return made.item("AccountLimit", ConcurrentExecutions=1000, UnreservedConcurrentExecutions=free)
