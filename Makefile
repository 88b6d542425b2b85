# `make demo` and `make test` set up all they need: Python 3.11 or newer, make, and a package index that answers pip.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/pip --disable-pip-version-check --quiet

.PHONY: demo test check lint bench bench-mail bench-daemon bench-trend bench-web soak lock messages screenshots mail-pictures mail-lint clean

demo: $(VENV)/.installed
	@$(VENV)/bin/digest demo --out demo

test: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m pytest -m "not slow" --numprocesses=logical --maxprocesses=4 --dist=worksteal

check: lint
	@$(VENV)/bin/python -m pytest

lint: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m bench.bench_enqueue
	@$(VENV)/bin/python -m bench.bench_selection
	@$(VENV)/bin/python -m bench.bench_press
	@$(VENV)/bin/python -m bench.bench_ledger

# What one mail costs: rendered, made a message, signed. Exits 1 past a limit.
bench-mail: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m bench.bench_mail

bench-daemon: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m bench.bench_daemon

bench-web: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m bench.bench_web

bench-trend: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m bench.bench_trend

soak: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.crash.soak $(PROMISES)

# Brings the catalogues of digest/locales up to date with what templates and code say: docs/translating.md.
messages: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.messages

# Every page in Chromium, by day and night, narrow and wide, in every language.
screenshots: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.browser.screenshots $(OUT)

# Mails in Chromium, by day and night, narrow and wide, with images and without: the golden ones and real ones.
mail-pictures: $(VENV)/.installed-dev
	@$(VENV)/bin/python -m tests.browser.mail_pictures $(OUT)

# What is wrong with finished mails, or with HTML alone: make mail-lint FILE="a.eml b.html".
mail-lint: $(VENV)/.installed
	@$(VENV)/bin/python -m digest.mail.lint $(FILE)

lock: $(VENV)/.installed-dev
	@for set in run dev; do \
	  groups="--group build"; [ $$set = dev ] && groups="$$groups --group dev --extra postgres"; \
	  $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    --python-version 3.11 pyproject.toml $$groups --output-file requirements/$$set.lock; \
	done

clean:
	@rm -rf $(VENV) demo dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: run make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 has no venv module: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements/dev.lock $(VENV)/.installed
	@echo "Adding the test tools ..."
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@
