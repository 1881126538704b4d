"""One read-only question to a Terraform binary: which outputs does the state of this folder have."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runbook_lib.collect.redact import redact_text

__all__ = ["TIMEOUT_S", "printed_outputs"]

TIMEOUT_S = 60.0

# Arguments from the environment could name another state, and log levels fill stderr.
_NOT_PASSED_ON = ("TF_CLI_ARGS", "TF_LOG")
_ERROR = re.compile(r"^\W*Error: (.+)$", re.MULTILINE)
_LONGEST = 200


def printed_outputs(
    binary: str, folder: Path, workspace: str, timeout_s: float = TIMEOUT_S
) -> tuple[Mapping[str, Any] | None, str]:
    """What `terraform output -json` prints in a folder, or None with the reason.

    Nothing is asked of the network, and nothing is written as long as the workspace has a state: for one without,
    Terraform would make a folder. What it printed never enters the reason: it may hold secrets.
    https://developer.hashicorp.com/terraform/cli/commands/output (read 2026-11-21)
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_WORKSPACE": workspace}
    try:
        process = subprocess.Popen(
            [binary, "output", "-json", "-no-color"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return None, f"could not be started: {error.strerror or type(error).__name__}"
    with process:
        try:
            out, errors = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return None, f"gave no answer within {timeout_s:g} s"
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        return None, f"ended with {process.returncode}: {_reason(errors)}"
    return _parsed(out)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it with what it started: a wrapper's child would keep the pipes open."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _parsed(out: bytes) -> tuple[Mapping[str, Any] | None, str]:
    try:
        document = json.loads(out.decode("utf-8"))
    except (ValueError, RecursionError):
        return None, "printed something else than JSON; is it a wrapper that writes lines of its own?"
    if not isinstance(document, dict):
        return None, "printed something else than the outputs"
    return document, ""


def _reason(errors: bytes) -> str:
    text = errors.decode("utf-8", errors="replace")
    found = _ERROR.search(text)
    line = found[1] if found else next((line for line in text.splitlines() if line.strip()), "no message")
    return redact_text(line.strip())[:_LONGEST]
