# `make help` lists the targets. Everything lives in .venv; nothing else is needed but Python 3.11.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# A PostgreSQL for each of them; a file's tests stay together, and the quick ones come first.
AT_ONCE := --numprocesses=logical --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
COLLECTED := src/serai/web/static/vendor/.collected

.DEFAULT_GOAL := help
.PHONY: help demo test test-outside test-upgrade check dev lock

help:
	@echo 'make demo          the whole platform with a demo group, live in the browser'
	@echo 'make test          every check and every test'
	@echo 'make test-outside  the tests again, on a PostgreSQL 15 of Debian'
	@echo 'make test-upgrade  the previous release and its tests, on the schema of this one'
	@echo 'make check         the checks alone: ruff, mypy, import-linter'
	@echo 'make dev           the environment alone, to work in'
	@echo 'make lock          remake requirements.lock and package-lock.json'

demo: $(READY)
	@$(BIN)/serai demo

test: check
	@$(PYTHON) scripts/environment.py browser
	@$(PYTHON) scripts/environment.py provider
	$(BIN)/python -m pytest $(AT_ONCE)

test-outside: $(READY)
	@$(PYTHON) scripts/environment.py postgres
	@$(PYTHON) scripts/environment.py browser
	@$(PYTHON) scripts/environment.py provider
	$(BIN)/python -m tests.outside $(BIN)/python -m pytest

test-upgrade: $(READY)
	$(BIN)/python -m tests.upgrade

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Compiled here: on a server, who runs it may not write beside it, and would compile at every start.
dev: $(READY)
	@$(BIN)/python -m compileall -q src
	@echo 'Ready. Enter with `source .venv/bin/activate`, then try `serai --help` or `pytest`.'

lock:
	@$(PYTHON) scripts/environment.py lock

$(READY): requirements.lock pyproject.toml hatch_build.py package.json package-lock.json .npmrc \
		src/serai/__init__.py scripts/environment.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or later is needed; name one: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) scripts/environment.py install
	@touch $@

# A vendor folder that somebody removed is collected again.
ifeq ($(wildcard $(COLLECTED)),)
.PHONY: $(READY)
endif
