# Every target works on a fresh clone. Paths are relative so that the folder's own path may contain spaces.
# ARGS is passed on: make test ARGS="-k route_table", make demo ARGS="--out /tmp/reports"

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test stress lint bench lab setup lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

demo: setup ## the seed incident on an embedded AWS: every runbook, one report index
	@$(RUN) -m runbook_lib demo $(ARGS)

test: setup ## all tests: units, layers, notebooks, browser, lab
	@scripts/install-chromium.sh
	@scripts/install-nftables.sh
	@$(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

stress: setup ## the tests that take minutes: runbooks on every other scenario
	@$(RUN) -m pytest -n auto -m stress $(ARGS)

lint: setup ## style, formatting and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: setup ## how fast flows are traced and log events read, and how many invocations of a burst really overlap
	@$(RUN) -m benchmarks.trace $(ARGS)
	@$(RUN) -m benchmarks.logs
	@$(RUN) -m benchmarks.burst

lab: setup ## JupyterLab, opened on the runbooks
	@$(RUN) -m jupyterlab --LabApp.default_url=/lab/tree/runbooks $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

setup: ## create .venv and install into it, if anything changed
	@$(if $(PYTHON),,$(error The kit needs Python 3.11 or newer, and none is on PATH; make PYTHON=/path/to/python3.11))
	@"$(PYTHON)" scripts/install.py

lock: setup ## write constraints.txt anew: the newest versions requirements.txt allows
	@$(RUN) -m pip install --quiet --disable-pip-version-check uv
	@$(RUN) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-config \
		--annotation-style line --output-file constraints.txt requirements.txt
	@echo "constraints.txt: $$(grep -c == constraints.txt) packages pinned"

clean: ## remove .venv and caches; reports/ stays, it is evidence
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
