"""The sentence about a refusal: what was refused and when, what AWS says of it, what the policies say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runbook_lib.checks.function.refusals import Refusal, Weighed
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome
from runbook_lib.invocations.case import NO_CONNECTION
from runbook_lib.invocations.denials import Origin

__all__ = ["clause_of", "summary_of"]

_SILENT = NO_CONNECTION | {ErrorClass.READ_TIMEOUT, ErrorClass.FUNCTION_TIMEOUT}


def summary_of(refusal: Refusal, total: int) -> str:
    """What was refused, on what, how often and how soon."""
    resources = list(dict.fromkeys(item.resource for item in refusal.denials if item.resource))
    more = f" and {len(resources) - 1:,} more" if len(resources) > 1 else ""
    where = f" on {resources[0]}{more}" if resources else ""
    owned = len({(item.request_id, item.start) for item in refusal.denials if item.request_id})
    lines = sum(item.request_id is None for item in refusal.denials)
    counts = [f"{owned:,} of {total:,} invocations"] if owned else []
    counts += [f"{lines:,} line{'' if lines == 1 else 's'} that name no invocation"] if lines else []
    return f"was refused {refusal.what}{where} in {' and '.join(counts)}{_soon(refusal)}"


def _soon(refusal: Refusal) -> str:
    took = sorted(item.duration_ms for item in refusal.denials if item.duration_ms is not None)
    if not took:
        return ""
    low, high = _time(took[0]), _time(took[-1])
    between = high if low == high else f"{low.removesuffix(high[high.index(' ') :])} to {high}"
    return f", answered within {between} of the start"


def _time(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms < 1000 else f"{ms / 1000:,.1f} s"


def clause_of(refusal: Refusal, known: Weighed, ends: Iterable[Invocation]) -> str:
    """Where the refusal comes from, what else it may come from, and what of the `ends` it does not explain."""
    waited = sum(item.outcome is Outcome.FAILURE and item.error_class in _SILENT for item in ends)
    rest = f"another {waited:,} failed waiting for an answer, which is no matter of permissions" if waited else ""
    return "; ".join(filter(None, (*_clauses(refusal, known), rest)))


def _clauses(refusal: Refusal, known: Weighed) -> Iterator[str]:
    first = refusal.first
    yield _said(refusal)
    yield from known.clauses
    if known.unseen:
        listed = ", ".join(known.unseen)
        yield f"not seen and still possible{' beside it' if first.said else ''}: {listed}"
    if first.action == "s3:GetObject" and first.said is None:
        yield "S3 answers so for an object that is not there too, unless s3:ListBucket is allowed"
    if any(item.is_encoded for item in refusal.denials):
        yield "the log holds an encoded message that `aws sts decode-authorization-message` explains"
    if all(item.outcome is Outcome.SUCCESS for item in refusal.denials):
        yield "the code went on without it"


def _said(refusal: Refusal) -> str:
    first = refusal.first
    policy = f" ({first.policy_arn})" if first.policy_arn else ""
    if first.said is Origin.CREDENTIALS:
        return f"its credentials were refused, which no policy decides ({first.text})"
    if first.said is Origin.SETTING:
        return "AWS names a setting of the resource"
    if first.said and first.explicit:
        return f"AWS names an explicit deny in {_article(first.said)} {first.said}{policy}"
    if first.said and first.explicit is False:
        return f"AWS says that no {first.said} allows it"
    if first.said:
        return f"AWS names the {first.said}, or a resource that does not exist in this Region"
    if first.explicit:
        return "AWS says by an explicit deny, not in which policy"
    if first.action or first.service:
        return "AWS does not say by which policy"
    return f"the log says: {first.text}"


def _article(origin: Origin) -> str:
    return "an" if origin is Origin.IDENTITY else "a"
