"""What a glance at a line of the application tells: whether it is worth a closer look, and whose it is.

Nearly all lines of a log tell nothing more, so this is what reading a log takes its time for.
"""

from __future__ import annotations

import re

__all__ = ["HINTS", "JSON_REQUEST_ID", "REQUEST_ID", "continues", "has_hint", "looks_cut", "real_id", "request_of"]

REQUEST_ID = r"[0-9a-zA-Z]{8}-(?:[0-9a-zA-Z]{4}-){3}[0-9a-zA-Z]{12}"
JSON_REQUEST_ID = re.compile(
    rf'"(?:requestId|AWSRequestId|aws_request_id|function_request_id|awsRequestId)": ?"({REQUEST_ID})"'
)
_REQUEST_ID = re.compile(REQUEST_ID)
_NO_ID = frozenset({"", "-", "undefined", "null", "N/A", "NA"})
_TIME_ONLY = re.compile(
    r"\d{4}-[\d-]{2,}(?:T[\d:.]*)?Z?(?:[ \t][0-9a-f-]{0,36}(?: T[a-z ]{0,20}(?:[\d.]+(?: [a-z]*)?)?)?)?\s*$"
)
_FAULT_ONLY = re.compile(r"RequestId:(?: [0-9a-zA-Z-]{0,36}(?: (?:E|Er|Err|Erro|Error|P[a-z ]{0,20}))?)?$")
_CONTINUATION = re.compile(
    r"\s|Caused by: |Suppressed: |\.\.\. \d+ more|Traceback |During handling |(?:\w+\.)+\w+(?:: |$)"
)
# substring searches, because one alternation of them all takes ten times as long
HINTS: tuple[str, ...] = (
    *("error", "except", "timeout", "timed", "refused", "reset", "denied", "authoriz", "throttl", "too many"),
    *("toomany", "exceed", "slow", "request rate", "enotfound", "eai_", "such host", "not known", "resol"),
    *("hostname", "lookup ", "x509", "tls", "ssl", "certificate", "hang up", "closed", "respon", "prematurely"),
    *("pipe", "eof", "unreach", "route to host", "memory", "panic", "fatal", "killed", "traceback", "status: "),
    *("403", "429", "expired", "eproto", "signaturedoes", "misbehav", "retries", "gave up", "giving up"),
    *("clienttoken", "econn", "incomplete", "self_signed", "self-signed", "could not"),
    *("unable to", "unable_to", "took longer", "while waiting", "failed", "can't connect", "routetohost"),
    *("remotedisc", "path building", "unavailable (", "servname", "did not", "[errno "),
    *("slots are", "number of cl", "too_many", "max_user", "ora-", "bad_alloc"),
    # levels at which nothing else need be said
    *("critical", "severe", "emerg", "alert", "\tfail\t", "\tcrit\t", '"level":50', '"level":60', "uncaught"),
)


def has_hint(message: str, is_quiet: bool = False) -> bool:
    """Whether a message may tell of a failure; False lets it be skipped without a closer look.

    Fewer words count in a line whose level is below ERROR: it can at most explain a failure.
    """
    if is_quiet:
        return (
            "rror" in message
            or "xcept" in message
            or "imeout" in message
            or "imed out" in message
            or "IMEDOUT" in message
            or "etry" in message
            or "refused" in message
            or "reset" in message
            or "hrottl" in message
        )
    return any(map(message.lower().__contains__, HINTS))


def request_of(message: str) -> str | None:
    """The request id a line without a hint carries in the place where its runtime writes it."""
    first = message[:1]
    if first == "[" or first.isdigit():
        fields = message.split("\t", 3)
        place = 2 if first == "[" else 1
        return real_id(fields[place]) if len(fields) > place + 1 else None
    if first == "{":
        found = JSON_REQUEST_ID.search(message)
        return found[1] if found else None
    return None


def looks_cut(message: str) -> bool:
    """Whether a line ends where the record of a failure begins, so that it may have been one."""
    text = message.rstrip()
    first = text[:1]
    if first == "[":
        return len(text) < 9 and "[ERROR]".startswith(text[:7])
    if first == "{":
        return not text.endswith("}")
    if not first.isdigit():
        is_begun = len(text) >= 3 and "RequestId:".startswith(text)
        return is_begun or _FAULT_ONLY.match(text) is not None
    if _TIME_ONLY.match(text):
        return True
    fields = text.split("\t")
    if len(fields) == 3:
        return fields[1] in _NO_ID or "ERROR".startswith(fields[2])
    return len(fields) == 4 and fields[2] == "ERROR" and any(lead.startswith(fields[3]) for lead in _NODE_LEADS)


_NODE_LEADS = ("Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection")


def real_id(text: str) -> str | None:
    """A field that holds a request id; None for what runtimes write outside of an invocation, and for other words."""
    text = text.strip()
    return text if _REQUEST_ID.fullmatch(text) else None


def continues(message: str) -> bool:
    """Whether a line looks like a further line of a stack trace: a frame, a cause, an exception's own line."""
    return _CONTINUATION.match(message) is not None
