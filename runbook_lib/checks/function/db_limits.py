"""How many connections a database takes: max_connections, a number or a formula over the memory of its class.

`DBInstanceClassMemory` is what the operating system and the processes of RDS leave of the memory, and no call tells it.
So a formula over all of the memory gives the most there can be, and what fits into half of that surely fits: the half
is the kit's, not AWS's. 100 is the default of PostgreSQL itself; RDS has LEAST({DBInstanceClassMemory/9531392},5000)
for it and {DBInstanceClassMemory/12582880} for MySQL. Logarithms in formulas are of base 2: only so does a db.r3.large
of Aurora MySQL come to the 1,000 that AWS lists for it.

Sources (older copies of these pages read 2026-11-21; what the classes newer than t4g, m6 and r6 hold is from memory)
    Maximum number of database connections,
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
    Maximum connections to an Aurora MySQL DB instance,
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html
    Hardware specifications,
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
    What PostgreSQL and RDS keep for superusers (3 and 2 unless set),
    https://repost.aws/knowledge-center/rds-postgresql-error-connection-slots
    Parameter groups of a cluster,
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

from runbook_lib.model.databases import DbInstance, DbMaxConnections
from runbook_lib.model.finding import Evidence
from runbook_lib.network.view import View

__all__ = ["Limit", "class_memory_gib", "limit_of", "most_connections"]

_LARGE_GIB = {
    **dict.fromkeys(("t2", "t3", "t4g"), 8.0),
    **dict.fromkeys(("m4", "m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m6in", "m7g", "m7i", "m8g"), 8.0),
    **dict.fromkeys(("r5", "r5b", "r5d", "r6g", "r6gd", "r6i", "r6id", "r6in", "r7g", "r7i", "r8g"), 16.0),
    **dict.fromkeys(("r3", "r4"), 15.25),
    "x2g": 32.0,
    "z1d": 16.0,
}
_SMALLER = {"micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2}
_CLASS = re.compile(r"db\.([a-z]+\d\w*)\.(?:(micro|small|medium|large)|(\d*)xlarge)")
_GIB = 2**30
_SURELY = 0.5
_KEPT = {"postgres": 5, "aurora-postgresql": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many connections clients may have: never more than `most`, and `sure` of them in any case.

    `words` say so in a clause about the database. `gap` says why neither is known, as a clause; then both are 0.
    """

    most: int = 0
    sure: int = 0
    words: str = ""
    gap: str = ""
    evidence: tuple[Evidence, ...] = ()


def limit_of(view: View, database: DbInstance) -> Limit:
    """The connections that a database takes. Raises FactMissing when its parameter group was not read."""
    groups = [view.get(DbMaxConnections, name) for name in database.parameter_groups]
    group = groups[0] if groups else None
    seen = (*((group.cite("ParameterValue"),) if group else ()), database.cite("DBInstanceClass"))
    if group is None or group.value is None:
        return Limit(gap=f"no parameter group of {database.id} tells its max_connections", evidence=seen)
    if database.cluster_id and group.source != "user":
        said = f"max_connections of {database.id} is that of its cluster's parameter group, which was not read"
        return Limit(gap=said, evidence=seen)
    if any(item.get("ParameterApplyStatus") == "pending-reboot" for item in database.raw["DBParameterGroups"]):
        said = f"parameters of {database.id} wait for a reboot, so that what is set may not be in force"
        return Limit(gap=said, evidence=(*seen, database.cite("DBParameterGroups")))
    memory_gib = class_memory_gib(database.instance_class or "")
    found = most_connections(group.value, memory_gib)
    if found is None:
        lacking = "not known here" if memory_gib is None else f"no formula that is read here: {group.value}"
        what = f"the memory of {database.instance_class}" if memory_gib is None else f"max_connections of {database.id}"
        return Limit(gap=f"{what} is {lacking}", evidence=seen)
    kept = _KEPT.get(database.engine or "", 0)
    less = f", less {kept} that PostgreSQL and RDS keep for superusers" if kept else ""
    most = max(0, found - kept)
    if group.value.isdigit():
        words = f"{database.id} takes {most:,} (max_connections {found:,}{less})"
        return Limit(most=most, sure=most, words=words, evidence=seen)
    over = f"{group.value} over all {memory_gib:g} GiB of {database.instance_class}, of which RDS takes some{less}"
    return Limit(
        most=most,
        sure=max(0, int(found * _SURELY) - kept),
        words=f"{database.id} takes at most {most:,} ({over})",
        evidence=seen,
    )


def class_memory_gib(instance_class: str) -> float | None:
    """The memory of an instance class in GiB, that of RDS itself included; None for a class that is not known here."""
    found = _CLASS.fullmatch(instance_class)
    large = _LARGE_GIB.get(found[1]) if found else None
    if found is None or large is None:
        return None
    if found[2] in _SMALLER:
        return large * _SMALLER[found[2]] if found[1].startswith("t") else None
    return large if found[2] else large * 2 * int(found[3] or 1)


def most_connections(value: str, memory_gib: float | None) -> int | None:
    """What a parameter value comes to when all of the memory is there; None when it cannot be worked out.

    A number is itself; a formula knows LEAST, GREATEST, SUM, log, products and quotients, and grows with the memory.
    """
    if value.isdigit():
        return int(value)
    if memory_gib is None:
        return None
    try:
        read = ast.parse(value.strip().lower(), mode="eval")
    except (SyntaxError, ValueError):
        return None
    found = _value(read.body, memory_gib * _GIB)
    return None if found is None or found < 0 else int(found)


def _value(node: ast.expr, memory: float) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id="dbinstanceclassmemory"):
            return memory
        case ast.Set(elts=[inner]):  # the braces of a formula
            return _value(inner, memory)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            first, second = _value(left, memory), _value(right, memory)
            if first is None or not second:
                return None
            return first * second if isinstance(node.op, ast.Mult) else first / second
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _called(name, [_value(item, memory) for item in args])
        case _:
            return None


def _called(name: str, values: list[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    if not numbers or len(numbers) < len(values):
        return None
    if name == "log":
        return math.log2(numbers[0]) if len(numbers) == 1 and numbers[0] > 0 else None
    if name == "sum":
        return sum(numbers)
    return {"least": min(numbers), "greatest": max(numbers)}.get(name)
