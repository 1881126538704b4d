"""The sliders of the load in JupyterLab, in a real browser: moving one changes the table below."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

pytestmark = pytest.mark.browser

CELL = """
from runbook_lib.render.load_table import LoadAsked, load_table
from runbook_lib.widgets.load import LoadSliders

asked = LoadAsked(concurrency=10, connections=1, addresses=1)
LoadSliders(asked, lambda load: load_table(load, 100, "gateway"))
"""
QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
}


@pytest.fixture(name="lab")
def _lab(tmp_path: Path) -> Iterator[str]:
    """The address of a notebook with the sliders in a JupyterLab of its own."""
    settings = tmp_path / "config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "default_setting_overrides.json").write_text(json.dumps(QUIET))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (tmp_path / "work").mkdir()
    nbformat.write(book, tmp_path / "work" / "load.ipynb")
    token, info = secrets.token_hex(8), tmp_path / "runtime"
    environ = {**os.environ, "JUPYTER_CONFIG_PATH": str(tmp_path / "config"), "JUPYTER_RUNTIME_DIR": str(info)}
    environ |= {"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    options = ["--no-browser", "--ServerApp.port=0", f"--IdentityProvider.token={token}", "--allow-root"]
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={tmp_path / 'work'}"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=tmp_path)
        try:
            yield f"{_address(info, server)}lab/tree/load.ipynb?token={token}"
        finally:
            server.terminate()
            server.wait(20)


def _address(info: Path, server: subprocess.Popen[bytes], patience_s: float = 60) -> str:
    """Where the server listens, once it answers."""
    until = monotonic() + patience_s
    while monotonic() < until and server.poll() is None:
        for file in info.glob("jpserver-*.json"):
            with suppress(OSError, ValueError):
                told = json.loads(file.read_text())
                urllib.request.urlopen(f"{told['url']}api", timeout=5).close()
                return str(told["url"])
        sleep(0.2)
    pytest.fail("JupyterLab did not start")


def test_moving_a_slider_changes_the_table(chromium: str, lab: str) -> None:
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", rules])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(lab)
        page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden)", timeout=60_000)
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
        page.locator(".jp-Cell .jp-InputArea-editor").first.click()
        page.keyboard.press("Shift+Enter")
        shown = page.locator(".jp-OutputArea-output .rb-table")
        expect(shown).to_contain_text("10 invocations at once × 1 connection each, 1 address", timeout=60_000)
        handles = page.locator(".jp-OutputArea-output .noUi-handle")
        assert handles.count() == 3
        handles.nth(1).focus()
        page.keyboard.press("ArrowRight")
        expect(shown).to_contain_text("10 invocations at once × 2 connections each, 1 address")
        handles.nth(2).focus()
        page.keyboard.press("ArrowRight")
        expect(shown).to_contain_text("110,000 ports")
        browser.close()
