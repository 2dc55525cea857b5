# Two commands do everything: `make run` shows the product at work, `make test` passes everything.
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench pictures tables bundle clean

## The demo site and the service on http://127.0.0.1:8000/ (PORT changes it).
run: $(VENV)/run.stamp
	@echo "The demo is on http://127.0.0.1:$(PORT)/ (Ctrl-C stops it)"
	CONSENT_DEMO=1 CONSENT_COOKIE_SECURE=0 $(BIN)/granian --interface wsgi --host 127.0.0.1 --port $(PORT) \
		--workers 1 --blocking-threads 8 --log-level warning wsgi:app

## Everything that can fail: unit, contract, ledgers, real servers, real browsers.
test: $(VENV)/dev.stamp node_modules.stamp
	./tests/install-system
	$(BIN)/python -m pytest -n 3 --dist loadfile $(TESTS)

## Style, types, and the script's types.
lint: $(VENV)/dev.stamp node_modules.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd static/js && npm run --silent check

## The figures, side by side with others (not tests: they only print).
bench: $(VENV)/dev.stamp node_modules.stamp
	./tests/install-system
	$(BIN)/python -m bench

## The pictures of the guide, taken by its tests.
pictures: $(VENV)/dev.stamp
	./tests/install-system
	CONSENT_PICTURES=1 $(BIN)/python -m pytest -q tests/verify/test_guide.py

## The tables in the README that tests make of what they saw.
tables: $(VENV)/dev.stamp
	./tests/install-system
	CONSENT_TABLES=1 $(BIN)/python -m pytest -q tests/browser/test_guard_ways.py

## The bundle that is kept in git; only those who change static/ need Node.
bundle: node_modules.stamp
	cd static/js && npm run --silent build

$(VENV)/run.stamp: setup.cfg
	$(call venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[serve]'
	@touch $@

$(VENV)/dev.stamp: setup.cfg
	$(call venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

node_modules.stamp: static/js/package-lock.json
	@command -v npm >/dev/null || ./tests/install-system nodejs npm
	cd static/js && npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf $(VENV) node_modules.stamp static/js/node_modules bench/rivals/node_modules build dist *.egg-info

# Debian keeps venv in a package of its own.
define venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Python 3.11 or newer is needed: PYTHON=/path/to/python3.11 make $(MAKECMDGOALS)" >&2; exit 1; }
@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2>/dev/null \
	|| { ./tests/install-system python3-venv && $(PYTHON) -m venv --clear $(VENV); }
endef
