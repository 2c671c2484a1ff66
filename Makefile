.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast check format bench stack clean

# uv itself comes from its PyPI wheel where the machine does not have it.
PYTHON ?= python3
BOOTSTRAP := .venv-uv/bin/uv
UV := $(shell command -v uv 2>/dev/null || echo $(BOOTSTRAP))
RUN := $(UV) run --frozen --no-sync

# The messaging suite runs against this broker version too.
SECOND_KAFKA := 4.0.2

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.ready ## Create the environment in .venv

.venv/.ready: pyproject.toml uv.lock
	@echo "Creating the environment in .venv (once) ..."
	@command -v $(UV) >/dev/null || { $(PYTHON) -m venv .venv-uv && .venv-uv/bin/pip install --quiet --disable-pip-version-check uv; }
	@$(UV) sync --frozen --quiet
	@touch $@

run: setup ## Start everything in one process on http://127.0.0.1:8080
	@$(RUN) requite run

test: setup ## Run all tests, against a real Kafka and a real MongoDB too
	$(RUN) pytest -n 2 --dist loadgroup
	REQUITE_TEST_KAFKA_VERSION=$(SECOND_KAFKA) $(RUN) pytest -q -m live tests/shared/messaging

test-fast: setup ## Run the tests that need no server
	$(RUN) pytest -n 2 -m "not live and not slow"

check: setup ## Check format, lint, types, import contracts, docs and manifests
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports --no-cache
	$(RUN) requite programme check
	$(RUN) yamllint --strict programme deploy docker-compose.yml docs
	$(RUN) python -m tests.docs.generated --check
	$(RUN) pytest -q tests/docs tests/deploy -m "not slow"

format: setup ## Format the code and mend what lint can mend
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

bench: setup ## Measure, each figure beside a reference in the same run
	$(RUN) python -m tests.bench

stack: setup ## Start Kafka, MongoDB and the four services as processes of their own
	$(RUN) python -m tests.servers.stack

clean: ## Remove the environment and the caches (not the data)
	rm -rf .venv .venv-uv .mypy_cache .ruff_cache .pytest_cache .hypothesis
