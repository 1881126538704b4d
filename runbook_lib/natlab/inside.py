"""What runs as the first process of the lab: it makes the network, plays what it was told, and says what was seen."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from runbook_lib.errors import LabError
from runbook_lib.natlab.cases import Case, Forgotten, Timers
from runbook_lib.natlab.children.speech import Orders, say
from runbook_lib.natlab.ground import Ground
from runbook_lib.natlab.idle import play_cases
from runbook_lib.natlab.loopback import Loopback
from runbook_lib.natlab.namespaces import Namespaces, require_own_namespace
from runbook_lib.natlab.saturation import play_crowd
from runbook_lib.natlab.workers import Workers

__all__ = ["main"]


def main() -> None:
    """Play the job; the last line says what came of it, or why there is nothing."""
    job = Orders().job
    workers = Workers()
    try:
        say(result=_play(job, workers))
    except (LabError, OSError) as error:
        say(failed=str(error))
    finally:
        workers.end()


def _play(job: dict[str, Any], workers: Workers) -> dict[str, Any]:
    ground = _ground(job, workers)
    if job["play"] == "cases":
        return play_cases(ground, workers, [Case.read(raw) for raw in job["cases"]])
    if job["play"] == "crowd":
        return play_crowd(ground, workers, limit_s=job["limit_s"], clients=job["clients"], debug=job["debug"])
    if missing := [name for name in ("boto3", "moto") if find_spec(name) is None]:
        raise LabError(f"the Python of the lab does not find {' and '.join(missing)}")
    ground.client_host(Timers())
    ground.counters()
    return {}


def _ground(job: dict[str, Any], workers: Workers) -> Ground:
    if job["relay"]:
        return Loopback(workers, job["limit_s"], job["ports"])
    require_own_namespace(job["outer"])
    return Namespaces(workers, job["limit_s"], job["ports"], Forgotten(job["forgotten"]))


if __name__ == "__main__":
    main()
