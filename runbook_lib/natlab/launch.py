"""Starts the lab as a process of its own, reads what it says, and ends it whatever happens.

The first process of the lab is the first one of its process namespace: when it ends, the kernel ends all others and
the network goes with them. It ends when its standard input does, which is when this process ends, killed or not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import runbook_lib
from runbook_lib.errors import LabError
from runbook_lib.model.progress import Progress, Step, silent

__all__ = ["SEARCHED", "play"]

SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), os.defpath, "/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Where tools are looked for: the folders of administration are not on everybody's PATH."""

_STOP_S = 5.0
_MOST_S = 24 * 3600.0


def play(
    prefix: Sequence[str], job: dict[str, Any], progress: Progress = silent, most_s: float = _MOST_S
) -> dict[str, Any]:
    """What came of a job, started behind a command that gives it namespaces. LabError with the reason when nothing did.

    `progress` is told what is under way. After `most_s` it is ended.
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
        clock = threading.Timer(most_s, os.killpg, (process.pid, signal.SIGKILL))
        clock.start()
        try:
            return _heard(process.stdout, progress, errors)
        except ValueError:
            raise LabError("what started the lab talks between its lines") from None
        except LabError:
            if clock.is_alive():
                raise
            raise LabError(f"it did not answer within {most_s:.0f} s") from None
        finally:
            clock.cancel()


def _heard(lines: Iterable[str], progress: Progress, errors: IO[bytes]) -> dict[str, Any]:
    """The result among the lines of a lab; what is under way goes to `progress`."""
    for line in lines:
        said = json.loads(line)
        if "failed" in said:
            raise LabError("; ".join((said["failed"], *_lines(errors)[-1:])))
        if "result" in said:
            return dict(said["result"])
        progress(Step(said["label"], said["done"], said["total"]))
    raise LabError(next(reversed(_lines(errors)), "it ended without a word"))


@contextmanager
def _started(prefix: Sequence[str], errors: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """The running lab, in a session of its own: Ctrl-C reaches this process only, which then ends it."""
    try:
        process = _process([*prefix, sys.executable, "-m", "runbook_lib.natlab.inside"], errors)
    except OSError as error:
        raise LabError(f"{(*prefix, sys.executable)[0]} could not be started: {error.strerror}") from None
    try:
        yield process
    finally:
        _end(process)


def _process(command: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        cwd="/",
        start_new_session=True,
    )


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


def _environment() -> dict[str, str]:
    """All that a lab knows of this one: no credentials, no proxies, no configuration of an SDK."""
    return {
        "PATH": SEARCHED,
        "PYTHONPATH": os.pathsep.join((str(Path(runbook_lib.__file__).parents[1]), *filter(None, sys.path))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _last_words(process: subprocess.Popen[str], errors: IO[bytes]) -> str:
    code = process.wait()
    return next(reversed(_lines(errors)), f"it ended without a word (exit code {code})")


def _lines(errors: IO[bytes]) -> list[str]:
    """What the programs of the lab wrote to standard error."""
    errors.seek(0)
    return [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
