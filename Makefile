# The two commands are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := domain i18n storage services ussd_menus sms mail mobile_api gateway sandbox loadtests tests benchmarks

READY := import urllib.request as u; u.urlopen('http://127.0.0.1:8090/readyz')

# Of the examples that `make explore` draws.
SEED := $(or $(SEED),$(shell date +%s))

# What is started again and again is compiled once, even where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test test-long explore faults machines check bench-hop bench-sms bench-arrival bench-overload bench-api bench-peers bench-segments bench-queue bench-growth bench-hung load screenshots transcripts lock clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## run everything here: gateway on 8000, handset page on 8001
	@$(BIN)/guichet demo $(ARGS)

test: $(VENV)/.dev ## all tests, on a real PostgreSQL and a real Redis; of what is long a sample
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --one-language $(ARGS)

test-long: $(VENV)/.dev ## all of what `make test` takes a sample of, and what it leaves out (tests/README.md)
	@$(BIN)/pytest -m "long or long_only" --long=20 -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

explore: $(VENV)/.dev ## every property with examples never drawn before; SEED=… draws the same again (tests/README.md)
	@echo "seed $(SEED): make explore SEED=$(SEED)"
	@$(BIN)/pytest -m hypothesis --explore --long=20 --hypothesis-seed=$(SEED) -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

faults: $(VENV)/.dev ## the fault table at length (ARGS="--long 200" for longer): tests/faults/README.md
	@$(BIN)/pytest tests/faults -n 2 --dist loadfile --long $(ARGS)

machines: $(VENV)/.dev ## several gateways and workers at length, and the version before beside this one: tests/machines/README.md
	@$(BIN)/pytest tests/machines -n 2 --dist loadfile --long $(ARGS)

check: $(VENV)/.dev ## style, types, import rules, catalogs, menus and packs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@for pack in countries/*/pack.yaml; do $(BIN)/guichet pack check $$(dirname $$pack) || exit 1; done
	@for pack in countries/*/pack.yaml; do $(BIN)/guichet --country $$(dirname $$pack) menus check || exit 1; done

bench-hop: $(VENV)/.dev ## hops a second, beside a bare route, and where the time goes
	@$(BIN)/python -m benchmarks.hop $(ARGS)

bench-sms: $(VENV)/.dev ## messages a second from the queue, beside a bare loop of the same HTTP client
	@$(BIN)/python -m benchmarks.sms $(ARGS)

bench-arrival: $(VENV)/.dev ## how soon a ministry's event is at the provider, in the demonstration
	@$(BIN)/python -m benchmarks.arrival $(ARGS)

bench-overload: $(VENV)/.dev ## twice and ten times as many calls as can be served: how many of those let in are
	@$(BIN)/python -m benchmarks.overload $(ARGS)

bench-api: $(VENV)/.dev ## the app's list of applications a second, beside a bare route on the same rows
	@$(BIN)/python -m benchmarks.api $(ARGS)

bench-peers: $(VENV)/.dev ## five screens: the gateway beside ussd-menu-builder on Express and a sample app on Flask
	@$(BIN)/python -m benchmarks.five_screens $(ARGS)

bench-segments: $(VENV)/.dev ## texts cut into SMS parts, beside three public counters
	@$(BIN)/python -m benchmarks.segments $(ARGS)

bench-queue: $(VENV)/.dev ## one message a job: the outbox beside pgqueuer and a bare loop
	@$(BIN)/python -m benchmarks.queues $(ARGS)

bench-growth: $(VENV)/.dev ## sessions, messages, menus and places from few to many (ARGS=--long: a million, five million)
	@$(BIN)/python -m benchmarks.growth $(ARGS)

bench-hung: $(VENV)/.dev ## one ministry accepts and never answers: the 99th percentile of calls to the others
	@$(BIN)/python -m benchmarks.hung_ministry $(ARGS)

load: $(VENV)/.load ## strangers with phones on everything here, and one page of how it bore them (loadtests/)
	@$(BIN)/python -m loadtests $(ARGS)

screenshots: $(VENV)/.dev ## photograph every menu in every language of every country (needs chromium)
	@$(BIN)/guichet demo --countries azerbaijan,morocco,senegal,vietnam --fresh --port 8090 --sandbox-port 8091 \
	  --data .guichet/screenshots >/dev/null & demo=$$!; trap "kill $$demo" EXIT; bad=0; \
	for i in $$(seq 200); do $(BIN)/python -c "$(READY)" 2>/dev/null && break; sleep 0.3; done; \
	$(BIN)/python -m sandbox.screenshots --sandbox http://127.0.0.1:8091 --out screenshots $(ARGS) || bad=1; \
	for other in morocco:8093:ar,fr senegal:8095:fr,wo vietnam:8097:vi,en; do set -- $$(echo $$other | tr : ' '); \
	  $(BIN)/python -m sandbox.screenshots --sandbox http://127.0.0.1:$$2 --transcripts tests/transcripts/$$1 --languages $$3 \
	    --out screenshots/$$1 $(ARGS) || bad=1; done; exit $$bad

transcripts: $(VENV)/.dev ## write the golden transcripts anew; review the diff like code
	@$(BIN)/pytest tests/transcripts -q --rewrite-transcripts

lock: $(VENV)/.dev ## resolve the dependencies anew, with hashes and no addresses
	@$(BIN)/python -m pip install -q uv
	@for set in "demo:--extra embedded" "dev:--extra embedded --extra otel --extra test --extra check" "serve:--extra otel" "load:--extra embedded --extra load"; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --upgrade pyproject.toml $${set#*:} -o requirements/$${set%%:*}.txt || exit 1; done

clean: ## forget the demonstration's data and all caches
	@rm -rf .guichet .pytest_cache .mypy_cache .ruff_cache .hypothesis screenshots
	@find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Guichet needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the demonstration needs into $(VENV), once: this may take a minute or two ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what tests and checks need into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo

$(VENV)/.load: requirements/load.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the load tests need into $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/load.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo
