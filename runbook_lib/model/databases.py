"""Databases that a function may open connections to, and the proxies that may stand before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, listed, texts

__all__ = ["DbInstance", "DbMaxConnections", "DbProxy", "DbProxyTargets", "ProxyTarget"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DbInstance(Fact):
    """An RDS or Aurora database instance; `vpc_id` is None outside a VPC, `cluster_id` is set for Aurora.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """

    KEY: ClassVar[str] = "DBInstances"
    OPERATION: ClassVar[str] = "rds:DescribeDBInstances"
    TYPE: ClassVar[str] = "AWS::RDS::DBInstance"

    db_arn: str | None
    cluster_id: str | None
    resource_id: str | None
    engine: str | None
    engine_version: str | None
    instance_class: str | None
    status: str | None
    vpc_id: str | None
    group_ids: tuple[str, ...]
    address: str | None
    port: int | None
    parameter_groups: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        endpoint = raw.get("Endpoint") or {}
        return cls(
            id=raw["DBInstanceIdentifier"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            db_arn=raw.get("DBInstanceArn"),
            cluster_id=raw.get("DBClusterIdentifier"),
            resource_id=raw.get("DbiResourceId"),
            engine=raw.get("Engine"),
            engine_version=raw.get("EngineVersion"),
            instance_class=raw.get("DBInstanceClass"),
            status=raw.get("DBInstanceStatus"),
            vpc_id=(raw.get("DBSubnetGroup") or {}).get("VpcId"),
            group_ids=texts(raw.get("VpcSecurityGroups"), lambda group: group.get("VpcSecurityGroupId")),
            address=endpoint.get("Address"),
            port=endpoint.get("Port"),
            parameter_groups=texts(raw.get("DBParameterGroups"), lambda group: group.get("DBParameterGroupName")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DbMaxConnections(Fact):
    """The parameter `max_connections` of one parameter group; its id is the group's name.

    `value` is a number or a formula over the memory of the instance class, such as
    `LEAST({DBInstanceClassMemory/9531392},5000)`; None when the engine has no such parameter or sets none.
    `source` is `user` when somebody set it.
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameters.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
    """

    KEY: ClassVar[str] = "DBParameters"
    OPERATION: ClassVar[str] = "rds:DescribeDBParameters"
    TYPE: ClassVar[str] = "AWS::RDS::DBParameterGroup"

    value: str | None
    source: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["DBParameterGroupName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            value=raw.get("ParameterValue"),
            source=raw.get("Source"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DbProxy(Fact):
    """An RDS Proxy. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBProxy.html"""

    KEY: ClassVar[str] = "DBProxies"
    OPERATION: ClassVar[str] = "rds:DescribeDBProxies"
    TYPE: ClassVar[str] = "AWS::RDS::DBProxy"

    proxy_arn: str | None
    status: str | None
    vpc_id: str | None
    group_ids: tuple[str, ...]
    endpoint: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["DBProxyName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            proxy_arn=raw.get("DBProxyArn"),
            status=raw.get("Status"),
            vpc_id=raw.get("VpcId"),
            group_ids=texts(raw.get("VpcSecurityGroupIds")),
            endpoint=raw.get("Endpoint"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyTarget:
    """A database behind a proxy: `resource_id` is the instance's identifier or, for a cluster, the cluster's."""

    resource_id: str | None
    kind: str | None
    cluster_id: str | None
    health: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DbProxyTargets(Fact):
    """The databases behind one proxy; its id is the proxy's name.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBProxyTarget.html
    """

    KEY: ClassVar[str] = "DBProxyTargets"
    OPERATION: ClassVar[str] = "rds:DescribeDBProxyTargets"
    TYPE: ClassVar[str] = "AWS::RDS::DBProxy"

    targets: tuple[ProxyTarget, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["DBProxyName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            targets=tuple(
                ProxyTarget(
                    resource_id=item.get("RdsResourceId"),
                    kind=item.get("Type"),
                    cluster_id=item.get("TrackedClusterId"),
                    health=(item.get("TargetHealth") or {}).get("State"),
                )
                for item in listed(raw, "Targets")
            ),
        )
