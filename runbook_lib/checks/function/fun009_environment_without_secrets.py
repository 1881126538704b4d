"""Function's environment variables hold nothing that looks like a secret.

What is verified
    No environment variable has a value that looks like a key, a token, a password or a connection string with one.
Why it matters
    Everybody who may call GetFunctionConfiguration reads the values, and they end up in consoles, templates and saved
    states. A key that was copied there is also one that expires unnoticed, so that calls fail with it.
How it is decided
    Values are looked at before anything is kept, and only the name of the variable and the kind of secret remain. What
    says where a secret lies (an ARN, a path, a dynamic reference) counts as none.
Unknown when
    The configuration was not read, AWS could not decrypt the environment, or the values were gone before they were
    looked at.
Sources
    Securing Lambda environment variables,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html (read 2026-11-21)
    Use Secrets Manager secrets in Lambda functions,
    https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FINDINGS_FIELD, FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN009",
    title="Function's environment variables hold nothing that looks like a secret",
    severity=Severity.MEDIUM,
    family="function",
    applies_to=Function.TYPE,
    needs=(FunctionConfiguration.KEY, Function.KEY),
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding for the function."""
    return of_function(META, view, settings, lambda function: _judge(view, function))


def _judge(view: View, function: Function) -> Iterator[Finding]:
    known = view.function_configuration(function.id)
    seen = known.cite(FINDINGS_FIELD)
    if known.findings is None:
        said = f"{function.id}: the values of its environment variables were not there to be looked at."
        yield META.unknown(function, said, seen, code="NOT_LOOKED_AT")
    elif known.findings:
        named = ", ".join(f"{item.name} ({item.pattern})" for item in sorted(known.findings, key=lambda one: one.name))
        said = f"{function.id} keeps in its environment what looks like a secret: {named}"
        yield META.failed(
            function, f"{said}; keep it in Secrets Manager or Parameter Store.", seen, code="SECRET_IN_ENVIRONMENT"
        )
    elif not known.variables:
        yield META.passed(function, f"{function.id} has no environment variable.", seen)
    else:
        number = len(known.variables)
        count = f"{number:,} environment variable{'' if number == 1 else 's'}"
        yield META.passed(function, f"{function.id}: none of its {count} looks like a secret.", seen)
