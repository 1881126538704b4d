"""Whether an action was agreed to, and what there is to agree to before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook_lib.errors import ConsentError, UsageError
from runbook_lib.model.consent import Consent

__all__ = ["INVOKE", "FunctionName", "cost_usd", "function_named", "invocation_consent", "require"]

INVOKE = "lambda:InvokeFunction"

# x86, US East (N. Virginia), without the free tier; other Regions differ by some ten per cent.
# https://aws.amazon.com/lambda/pricing/ (read 2026-11-21)
_USD_PER_REQUEST = 0.20 / 1_000_000
_USD_PER_GB_SECOND = 0.0000166667

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:(?P<name>[\w-]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionName:
    """The parts of a function ARN."""

    arn: str
    partition: str
    region: str
    account: str
    name: str


def function_named(arn: str) -> FunctionName:
    """The parts of the ARN of a function. Raises UsageError for another text, and for the ARN of a version or alias."""
    found = _ARN.match(arn)
    rest = arn[found.end() :] if found else ""
    if found and re.fullmatch(r":[\w$.-]+", rest):
        raise UsageError(f"consent names the function, not a version or alias of it: {found[0]}, without {rest!r}")
    if found is None or rest:
        raise UsageError(f"not the ARN of a Lambda function: {arn!r}")
    return FunctionName(arn=arn, **found.groupdict())


def cost_usd(times: int, *, timeout_s: float, memory_mb: int) -> float:
    """The most that AWS charges for so many invocations, each of which runs until its Timeout, in US dollars."""
    return times * (_USD_PER_REQUEST + timeout_s * memory_mb / 1024 * _USD_PER_GB_SECOND)


def invocation_consent(
    function_arn: str, *, times: int, payload_sha256: str, timeout_s: float, memory_mb: int, attempts: int = 1
) -> Consent:
    """What invoking a function so many times asks consent for; `attempts` is 3 for events, which Lambda retries twice.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    function = function_named(function_arn)
    return Consent(
        function_arn=function_arn,
        account=function.account,
        region=function.region,
        action=INVOKE,
        maximum=times,
        payload_sha256=payload_sha256,
        cost_usd=cost_usd(times * attempts, timeout_s=timeout_s, memory_mb=memory_mb),
    )


def require(consent: Consent, word: str, action: str) -> FunctionName:
    """The function that the consent is for, when the word gives it.

    Raises ConsentError when there is no word, and UsageError when it is for something else, or when the consent
    contradicts itself.
    """
    function = function_named(consent.function_arn)
    if not word.strip():
        raise ConsentError(f"not agreed to: {consent.text} To agree, set consent to {consent.function_arn}")
    if not consent.is_given_by(word):
        raise UsageError(f"consent is for {word.strip()}, but this would be done: {consent.text}")
    if (consent.account, consent.region) != (function.account, function.region):
        raise UsageError(
            f"consent names account {consent.account} and Region {consent.region}, its function is in "
            f"{function.account} and {function.region}"
        )
    if consent.action != action:
        raise UsageError(f"consent is for {consent.action}, not for {action}")
    return function
