"""The child process: seeds the world, serves it on the loopback, and ends when its standard input does."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys

from runbook_lib.errors import RunbookError
from runbook_lib.lean import collect_garbage_seldom
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import find

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Serve one scenario; prints one JSON line with the endpoint URL once every call can be answered."""
    parser = argparse.ArgumentParser(prog="runbook_lib.sandbox.serve")
    parser.add_argument("scenario")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    # Ctrl-C reaches the whole process group; the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_garbage_seldom()
    try:
        aws = EmbeddedAws(find(options.scenario))
        with aws.listening(options.port) as endpoint_url:
            sys.stdout.write(json.dumps({"endpoint_url": endpoint_url}) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
    except (RunbookError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Nothing is worth the second that taking moto's objects apart would cost.
    os._exit(code)
