"""The execution role of a function, and the documents of the policies that grant or limit what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, flag, texts
from runbook_lib.model.finding import ResourceRef
from runbook_lib.model.functions import statements_of

__all__ = ["Decision", "PolicySimulation", "Role", "RolePolicy", "role_name_of", "simulation_id"]


def role_name_of(arn: str | None) -> str | None:
    """The name in the ARN of a role, which may have a path before it; None when the text is no role's ARN."""
    parts = (arn or "").split(":", 5)
    if len(parts) < 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        return None
    return parts[5].rsplit("/", 1)[1] or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Fact):
    """A role: who may assume it (`trust` are the statements of its trust policy) and its permissions boundary.

    `exists` is False when IAM answered NoSuchEntity: the function names a role that is not there any more. Roles as
    ListRoles gives them are read too.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
    """

    KEY: ClassVar[str] = "Roles"
    OPERATION: ClassVar[str] = "iam:GetRole"
    TYPE: ClassVar[str] = "AWS::IAM::Role"

    exists: bool
    role_arn: str | None
    boundary_arn: str | None
    trust: tuple[Raw, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        told: Raw = raw if "Arn" in raw else raw.get("Role") or {}
        return cls(
            id=raw["RoleName"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            exists=bool(told),
            role_arn=told["Arn"] if told else None,
            boundary_arn=(told.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            trust=statements_of(told["AssumeRolePolicyDocument"]) if told else (),
        )

    @property
    def ref(self) -> ResourceRef:
        """The role with its ARN; IAM has no Region."""
        return ResourceRef(type=self.TYPE, id=self.id, arn=self.role_arn, account=self.scope.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePolicy(Fact):
    """One policy of a role with the statements of its document; the listing holds all of the role's policies.

    An inline policy has the id `<role>/<policy>` and no `policy_arn`; a managed policy has its ARN for both.
    `is_attached` tells whether it grants, `is_boundary` whether it limits as permissions boundary; a managed policy may
    be both. Of a managed policy the default version is read.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
    """

    KEY: ClassVar[str] = "RolePolicies"
    OPERATION: ClassVar[str] = "iam:GetRolePolicy"
    TYPE: ClassVar[str] = "AWS::IAM::Policy"

    role: str
    policy: str
    policy_arn: str | None
    is_attached: bool
    is_boundary: bool
    version: str | None
    statements: tuple[Raw, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["PolicyId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            role=raw["RoleName"],
            policy=raw["PolicyName"],
            policy_arn=raw.get("PolicyArn"),
            is_attached=raw["IsAttached"],
            is_boundary=raw["IsBoundary"],
            version=raw.get("VersionId"),
            statements=statements_of(raw["Document"]),
        )

    @property
    def is_inline(self) -> bool:
        """True for a policy that is part of the role itself."""
        return self.policy_arn is None


class Decision(StrEnum):
    """What IAM's policy simulator decides about a request."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


def simulation_id(role_arn: str, action: str, resource: str) -> str:
    """The id under which the simulation of a request is kept; the case of an action says nothing."""
    return f"{role_arn} {action.lower()} {resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySimulation(Fact):
    """What IAM's policy simulator says about one action of a role on one resource, as asked.

    `allowed_by_boundary` and `allowed_by_organizations` are None where AWS says nothing about the permissions boundary
    or the policies of the organization. `matched` are the ids of the policies that decided, `missing_context` the
    condition keys whose values the simulator did not know. The result for the resource counts; the one above it may
    speak of several.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    """

    KEY: ClassVar[str] = "PolicySimulations"
    OPERATION: ClassVar[str] = "iam:SimulatePrincipalPolicy"
    TYPE: ClassVar[str] = "AWS::IAM::Role"

    role_arn: str
    action: str
    resource: str
    decision: Decision
    allowed_by_boundary: bool | None
    allowed_by_organizations: bool | None
    matched: tuple[str, ...]
    missing_context: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        resource = raw["Resource"]
        specific = raw.get("ResourceSpecificResults") or ()
        own = next((item for item in specific if item["EvalResourceName"] == resource), raw)
        boundary = own.get("PermissionsBoundaryDecisionDetail") or raw.get("PermissionsBoundaryDecisionDetail")
        return cls(
            id=raw["SimulationId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            role_arn=raw["PolicySourceArn"],
            action=raw["EvalActionName"],
            resource=resource,
            decision=Decision(raw["EvalDecision"] if own is raw else own["EvalResourceDecision"]),
            allowed_by_boundary=_told(boundary, "AllowedByPermissionsBoundary"),
            allowed_by_organizations=_told(raw.get("OrganizationsDecisionDetail"), "AllowedByOrganizations"),
            matched=texts(own.get("MatchedStatements"), lambda item: item.get("SourcePolicyId")),
            missing_context=texts(own.get("MissingContextValues")),
        )


def _told(detail: Raw | None, name: str) -> bool | None:
    return None if detail is None or detail.get(name) is None else flag(detail, name)
