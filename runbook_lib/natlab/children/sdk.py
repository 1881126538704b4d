"""Clients with boto3, all at once: each writes an object, is idle, and writes another."""

from __future__ import annotations

import threading
import time
import traceback
from typing import Any

import botocore.exceptions

from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.natlab.cases import Case
from runbook_lib.natlab.children import aws
from runbook_lib.natlab.children.speech import Orders, say

__all__ = ["main"]


def main() -> None:
    """Play all cases of the job and say what each saw."""
    orders = Orders()
    endpoint_url = f"http://{orders.job['host']}:{orders.job['port']}"
    session = aws.session()
    players = []
    for number, raw in orders.job["cases"]:
        case = Case.read(raw)
        client = aws.s3_client(
            session,
            endpoint_url,
            tcp_keepalive=case.so_keepalive,
            read_timeout_s=case.read_timeout_s,
            attempts=case.attempts,
        )
        players.append(threading.Thread(target=_play, args=(number, case, client)))
    for player in players:
        player.start()
    for player in players:
        player.join()


def _play(number: int, case: Case, client: Any) -> None:
    asked_at = time.monotonic()
    is_connected = False
    seen: dict[str, Any] = {}
    try:
        _, first = aws.put(client, f"{number}/first")
        say(connected=number)
        is_connected = True
        folder = f"{number}" if case.situation is Situation.REUSE else f"slow-{case.idle_s}"
        if case.situation is Situation.REUSE:
            time.sleep(case.idle_s)
        asked_at = time.monotonic()
        retries, source = aws.put(client, f"{folder}/{number}")
        seen = {**_answered(retries, is_new=source != first), "retries": retries, "source": source}
    except botocore.exceptions.BotoCoreError as error:
        seen = {"said": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        seen["outcome"] = _meaning(error) if is_connected else None
    say(seen=number, waited_s=time.monotonic() - asked_at, **seen)


def _answered(retries: int, *, is_new: bool) -> dict[str, Any]:
    """What an answer tells of the connection: one that came on a new connection hides that the first one was lost."""
    if not is_new:
        return {"outcome": IdleOutcome.OK, "said": "answered"}
    hidden = f"at attempt {retries + 1}" if retries else "since urllib3 saw the reset before it used the old one"
    return {"outcome": IdleOutcome.RESET, "said": f"answered on a new connection, {hidden}"}


def _meaning(error: botocore.exceptions.BotoCoreError) -> IdleOutcome | None:
    if isinstance(error, botocore.exceptions.ReadTimeoutError):
        return IdleOutcome.HANGS
    return IdleOutcome.RESET if isinstance(error, botocore.exceptions.ConnectionClosedError) else None


if __name__ == "__main__":
    main()
