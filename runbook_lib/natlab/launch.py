"""Starts the lab as a process of its own, reads what it says, and ends it whatever happens.

The first process of the lab is the first one of its process namespace: when it ends, the kernel ends all others and
the network goes with them. It ends when its standard input does, which is when this process ends, killed or not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import runbook_lib
from runbook_lib.errors import LabError
from runbook_lib.model.progress import Progress, Step, silent

__all__ = ["SEARCHED", "play"]

SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Where tools are looked for: the folders of administration are not on everybody's PATH."""

_STOP_S = 5.0


def play(prefix: Sequence[str], job: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """What came of a job, started behind a command that gives it namespaces. LabError with the reason when nothing did.

    `progress` is told what is under way.
    """
    told = {**job, "outer": os.readlink("/proc/self/ns/net") if prefix else ""}
    with tempfile.TemporaryFile() as errors, _started(prefix, errors) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise LabError(_last_words(process, errors)) from None
        for line in process.stdout:
            said = json.loads(line)
            if "failed" in said:
                raise LabError("; ".join((said["failed"], *_lines(errors)[-1:])))
            if "result" in said:
                return dict(said["result"])
            progress(Step(said["label"], said["done"], said["total"]))
        raise LabError(_last_words(process, errors))


@contextmanager
def _started(prefix: Sequence[str], errors: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """The running lab, in a session of its own: Ctrl-C reaches this process only, which then ends it."""
    command = [*prefix, "env", "-i", *_environment(), sys.executable, "-m", "runbook_lib.natlab.inside"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        cwd="/",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environment() -> Sequence[str]:
    """All that a lab knows of this one: no credentials, no proxies, no configuration of an SDK."""
    return (
        f"PATH={SEARCHED}",
        f"PYTHONPATH={Path(runbook_lib.__file__).parents[1]}",
        "PYTHONDONTWRITEBYTECODE=1",
        "PYTHONUTF8=1",
        f"AWS_CONFIG_FILE={os.devnull}",
        f"AWS_SHARED_CREDENTIALS_FILE={os.devnull}",
        "AWS_EC2_METADATA_DISABLED=true",
    )


def _last_words(process: subprocess.Popen[str], errors: IO[bytes]) -> str:
    code = process.wait()
    return next(reversed(_lines(errors)), f"it ended without a word (exit code {code})")


def _lines(errors: IO[bytes]) -> list[str]:
    """What the programs of the lab wrote to standard error."""
    errors.seek(0)
    return [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
