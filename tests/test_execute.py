"""How a headless run ends: reached its verdict, stopped early, or lost its kernel; never a success by accident."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runbook_lib import parameters
from runbook_lib.execute import STAGING_VARIABLE, ExecutedNotebook, Kernels, TimeLimits, execute
from runbook_lib.model.progress import Step
from runbook_lib.model.status import Verdict

pytestmark = pytest.mark.notebook

Run = Callable[..., ExecutedNotebook]

SHOW = """
class Shown:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"application/vnd.runbook.verdict+json": {"verdict": "%s"}, "text/plain": "%s"}
Shown()
"""


def show(word: str) -> str:
    return SHOW % (word, word)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A temporary folder of this test alone, with a name short enough for sockets in it."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Executes a toy runbook made of these code cells, each under a heading of its own."""
    monkeypatch.setattr(parameters, "_FOLDER", tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def made(*sources: str, **options: object) -> ExecutedNotebook:
        cells = []
        for number, source in enumerate(sources):
            heading = {"cell_type": "markdown", "id": f"m{number}", "metadata": {}, "source": f"## Step {number}"}
            code = {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": source, "outputs": []}
            cells += [heading, {**code, "execution_count": None}]
        cells[1]["metadata"] = {"tags": ["parameters"]}
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / "01_toy.ipynb").write_text(json.dumps(document))
        staging = tmp_path / "staging {x}"
        staging.mkdir()
        return execute("toy", options.pop("parameters", {}), staging, **options)  # type: ignore[arg-type]

    return made


@pytest.mark.parametrize("word", ["PASS", "FAIL", "UNKNOWN"])
def test_the_verdict_shown_is_the_verdict(run: Run, temporary: Path, word: str) -> None:
    done = run("limit: int = 1", show(word))
    assert (done.verdict, done.problem) == (Verdict(word), None)
    assert list(temporary.iterdir()) == []


def test_parameters_staging_and_interpreter_reach_the_kernel_and_nothing_its_home(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    told = f"import os, sys; print(limit, os.environ['{STAGING_VARIABLE}'], sys.prefix, os.environ['COLOUR'])"
    done = run("limit: int = 1", told, show("PASS"), parameters={"limit": 7}, environ={**os.environ, "COLOUR": "red"})
    assert done.notebook is not None
    printed = "".join(
        text for cell in done.notebook["cells"] for output in cell.get("outputs", ()) for text in output.get("text", ())
    )
    assert printed == f"7 {tmp_path / 'staging {x}'} {sys.prefix} red\n"
    assert list(home.iterdir()) == []


def test_progress_names_the_step_under_way(run: Run) -> None:
    steps: list[Step] = []
    run("limit: int = 1", "1 + 1", show("PASS"), parameters={"limit": 2}, progress=steps.append)
    assert steps == [Step("Step 0", 0, 3), Step("Step 1", 1, 3), Step("Step 2", 2, 3)]


def test_an_error_is_reported_with_its_class_and_the_rest_is_not_run(run: Run) -> None:
    done = run("limit: int = 1", "raise KeyError('x')", show("PASS"))
    assert (done.verdict, done.error, done.said) == (None, "KeyError", "'x'")
    assert done.problem == "Code cell 2 of 3 stopped with KeyError: 'x'"
    assert done.notebook is not None
    assert [cell["id"] for cell in done.notebook["cells"]] == ["m0", "c0", "m1", "c1", "m2", "c2"]


def test_a_fail_that_was_shown_survives_what_comes_after(run: Run) -> None:
    done = run("limit: int = 1", show("FAIL"), show("PASS"), "1 / 0")
    assert done.verdict is Verdict.FAIL
    assert done.error == "ZeroDivisionError"


@pytest.mark.parametrize("last", ["import os; os._exit(1)", "import sys; sys.exit(0)"])
def test_a_kernel_that_ends_before_the_last_cell_is_a_problem(run: Run, last: str) -> None:
    done = run("limit: int = 1", show("PASS"), last, "2 + 2")
    assert done.problem is not None


def test_a_notebook_without_verdict_is_a_problem(run: Run) -> None:
    done = run("limit: int = 1", "1 + 1")
    assert (done.verdict, done.problem) == (None, "The notebook reached its end without showing a verdict.")


@pytest.mark.parametrize("word", ["GREEN", ""])
def test_a_verdict_that_is_none_counts_as_unknown(run: Run, word: str) -> None:
    assert run("limit: int = 1", show(word)).verdict is Verdict.UNKNOWN


def test_a_cell_that_hangs_ends_at_its_limit(run: Run, temporary: Path) -> None:
    done = run("limit: int = 1", "import time; time.sleep(600)", show("PASS"), limits=TimeLimits(start_s=60, cell_s=2))
    assert done.verdict is None
    assert "did not finish within 2 s" in str(done.problem)
    assert list(temporary.iterdir()) == []


def test_kernels_can_be_ended_from_another_thread(run: Run) -> None:
    kernels = Kernels()

    def stop_at(step: Step) -> None:
        if step.done == 1:
            threading.Timer(0.5, kernels.stop).start()

    done = run("limit: int = 1", "import time; time.sleep(600)", show("PASS"), progress=stop_at, kernels=kernels)
    assert "its kernel died" in str(done.problem)
    assert kernels.stopped


def test_after_stop_no_kernel_starts(run: Run) -> None:
    kernels = Kernels()
    kernels.stop()
    with pytest.raises(KeyboardInterrupt):
        run("limit: int = 1", show("PASS"), kernels=kernels)


@pytest.mark.parametrize("arguments", [["run", "vpc_endpoints"], ["demo"]], ids=lambda words: words[0])
def test_control_c_ends_everything(tmp_path: Path, temporary: Path, arguments: list[str]) -> None:
    told = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "runbook_lib", *arguments, "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told)
    deadline = time.monotonic() + 60
    while not list(temporary.glob("runbook-*/kernel.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.split()) == (130, "", ["interrupted"])
    assert list(temporary.glob("runbook-*")) == []
    assert list((tmp_path / "out").rglob("result.json")) == []
    while kernels_below(temporary) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert kernels_below(temporary) == []


def kernels_below(folder: Path) -> list[str]:
    """Command lines of kernels whose connection file lies below a folder."""
    listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "ipykernel_launcher" in line and str(folder) in line]
