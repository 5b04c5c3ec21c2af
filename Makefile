# What one does with Emerald, each from a bare checkout: demo, serve, test, lint, bench.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo serve test lint bench requirements

PYTHON := .venv/bin/python
PORT ?= 8000
HOST ?= 127.0.0.1
# Tests run side by side; more than the cores gains nothing.
JOBS ?= 2
# Threads of numerical libraries: several on busy cores wait for each other (see labeling/supervisor/parts.py).
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

help:
	@echo "make demo                      the whole loop on real input, then the server stays up"
	@echo "make serve [PORT=] [HOST=]     the server alone, on the data in .emerald"
	@echo "make test                      every check and test"
	@echo "make lint                      the checks without the tests"
	@echo "make bench NAME= [DATA=]       one benchmark; its last line is JSON"

setup:
	@.ci/setup

demo: setup
	@CLIPS="$(CLIPS)" $(PYTHON) manage.py demo $(if $(DATA),--data "$(DATA)") --host $(HOST) --port $(PORT)

serve: setup
	@$(PYTHON) manage.py serve --host $(HOST) --port $(PORT)

lint: setup
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m mypy --no-error-summary
	@node_modules/.bin/tsc -p .
	@said=$$(PYTHONPATH=. .venv/bin/lint-imports --no-logo) || { echo "$$said"; exit 1; }

test: lint
	@EMERALD_CHROMIUM=$$(.ci/chromium) && export EMERALD_CHROMIUM && $(PYTHON) -m pytest -q -n $(JOBS) --dist loadfile

bench: setup
	@test -n "$(NAME)" || { echo "Say which: make bench NAME=<name> [DATA=<path>]" >&2; exit 1; }
	@$(PYTHON) -m tests.bench $(NAME) $(if $(DATA),--data "$(DATA)")
