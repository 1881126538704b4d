"""What Lambda's own interface says of a function, and how people describe a situation, as words to look for.

The errors of connections and services are not here: `invocations.taxonomy` knows those. Sources, read 2026-11-21:
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (errors) and API_GetFunctionConfiguration.html (reasons).
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.triage.symptoms import Signal, Symptom

__all__ = ["said_by_lambda", "said_by_people"]

_LAMBDA = (
    (Symptom.FUNCTION_TIMEOUT, ("task timed out after", "sandbox.timedout")),
    (Symptom.NO_ADDRESSES, ("subnetipaddresslimitreached", "subnetoutofipaddresses")),
    (Symptom.NO_INTERFACES, ("enilimitreached", "enilimitexceeded")),
    (
        Symptom.INTERFACES_REFUSED,
        (
            *("ec2accessdenied", "ec2unexpected", "insufficientrolepermissions", "disallowedbyvpcencryptioncontrol"),
            "does not have permissions to call createnetworkinterface on ec2",
        ),
    ),
    (Symptom.THROTTLED, ("ec2throttled", "reservedfunctionconcurrentinvocationlimitexceeded")),
    (
        Symptom.NOT_ACTIVE,
        ("function is currently in the following state", "eninotready", "snapstartnotready", "state: inactive"),
    ),
    (
        Symptom.PAYLOAD,
        (
            *("requesttoolarge", "requestentitytoolarge", "entitytoolarge", "payload size exceeded", "413 payload"),
            *("413 request entity", "body size is too long", "payload too large"),
        ),
    ),
    (Symptom.RUNTIME_EXIT, ("runtime exited with error",)),
    (Symptom.INIT_FAILURE, ("unable to import module", "importmoduleerror")),
    (Symptom.CALLER_GAVE_UP, ("endpoint request timed out", "504 gateway time")),
    (Symptom.RECURSION, ("recursiveinvocation", "recursive invocation", "infinite loop", "triggers itself")),
)
_LONGEST_QUESTION = 400
# Each row: all words of one of its groups must be there, in any order; they are the beginnings of words, or, with `=`,
# whole ones. With `!` a word must not be there.
_PEOPLE = (
    (
        Symptom.FIRST_N_THEN_FAIL,
        (
            *(("first", "succe", "last"), ("first", "succe", "fail"), ("first", "succe", "time out")),
            *(("first", "work", "then", "fail"), ("first", "work", "rest", "fail"), ("first_n_then_fail",)),
        ),
    ),
    (
        Symptom.ALL_FAIL,
        (
            ("=all", "operations", "fail"),
            ("=all", "invocations", "fail"),
            ("everything", "fail"),
            ("=all", "fail", "!not"),
            ("=every", "fail", "!not"),
            ("all_fail",),
            ("always", "fail"),
        ),
    ),
    (Symptom.SCATTERED, (("random", "fail"), ("scattered",), ("some", "fail", "no pattern"))),
    (
        Symptom.INTERMITTENT,
        (
            *(("intermittent",), ("now and then",), ("sporadic",), ("from time to time",), ("=sometimes",)),
            *(("=some", "fail"), ("=half", "fail")),
        ),
    ),
    (
        Symptom.IDLE,
        (
            *(("idle", "connection"), ("idle", "350"), ("keepalive",), ("keep-alive",)),
            *(("hang", "minutes"), ("after", "idle"), ("stale", "connection")),
        ),
    ),
    (
        Symptom.NEW_ENDPOINT,
        (
            ("=add", "endpoint"),
            ("added", "endpoint"),
            ("adding", "endpoint"),
            ("=new", "endpoint"),
            ("creat", "endpoint"),
            ("missing", "endpoint"),
            ("no", "vpc endpoint"),
        ),
    ),
    (Symptom.NAT_PORTS, (("=nat", "satur"), ("=nat", "limit"), ("=nat", "exhaust"), ("errorportallocation",))),
    (
        Symptom.PATH_BLOCKED,
        (
            ("security group", "block"),
            ("nacl",),
            ("network acl", "block"),
            ("route table", "not attached"),
            ("egress", "block"),
        ),
    ),
    (Symptom.BEFORE_DEPLOY, (("before", "deploy"), ("plan", "deploy"), ("going", "deploy"))),
    (
        Symptom.AFTER_DEPLOY,
        (("after", "deploy"), ("after", "terraform", "apply"), ("just deployed",), ("since", "deploy")),
    ),
    (
        Symptom.MORE_CONCURRENCY,
        (("before", "concurren"), ("increas", "concurren"), ("more", "concurren"), ("raise", "concurren")),
    ),
    (Symptom.NOT_ACTIVE, (("14 days",), ("function", "inactive"), ("state", "pending"), ("stuck", "pending"))),
    (
        Symptom.CONNECT_TIMEOUT,
        (
            *(("connection timeout", "!no"), ("connect timeout", "!no"), ("unable", "connect"), ("unable", "reach")),
            *(("cannot", "connect"), ("can't", "connect"), ("cannot", "reach"), ("can't", "reach")),
        ),
    ),
    (
        Symptom.FUNCTION_TIMEOUT,
        (
            *(("lambda", "time", "out"), ("function", "time", "out"), ("lambda", "timeout")),
            *(("times out",), ("timed out",), ("timing out",), ("timeout", "!no", "!connect", "!connection")),
            ("15 minutes",),
        ),
    ),
    (Symptom.ACCESS_DENIED, (("iam", "permission"), ("permission", "denied"), ("missing", "permission"))),
    (Symptom.OUT_OF_MEMORY, (("out of memory",), ("=oom",))),
    (Symptom.COLD_START, (("cold start",),)),
    (Symptom.SLOW, (("slow",), ("performance",), ("latency",))),
)


def said_by_lambda(lowered: str) -> Symptom | None:
    """What a message of Lambda's own interface names, in lower case; None for any other message."""
    for symptom, phrases in _LAMBDA:
        if any(phrase in lowered for phrase in phrases):
            return symptom
    return None


def said_by_people(text: str) -> Iterator[Signal]:
    """The situations that a short description names; a long text is none."""
    if len(text) > _LONGEST_QUESTION:
        return
    tokens = "".join(one if one.isalnum() or one in "_-'" else " " for one in text.lower()).split()
    for symptom, groups in _PEOPLE:
        found = next((words for words in groups if all(_is_said(word, tokens) for word in words)), None)
        if found is not None:
            yield Signal(symptom=symptom, words=" … ".join(word.lstrip("=") for word in found if word[0] != "!"))


def _is_said(word: str, tokens: list[str]) -> bool:
    """Whether a word, or several in a row, begins somewhere; one with `=` must stand there whole, one with `!` not."""
    if word.startswith("!"):
        return word[1:] not in tokens
    if word.startswith("="):
        return word[1:] in tokens
    if " " in word:
        return f" {word}" in f" {' '.join(tokens)}"
    return any(token.startswith(word) for token in tokens)
