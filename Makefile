# `make run` and `make test` do their own set-up on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check servers bench kills powercuts cuts stale outages crashes clean

run: .venv/run.ready  ## load the sample conversations, reopen them in a new process, and look around
	@$(BIN)/recollect demo

test: check servers  ## all checks: ruff, mypy --strict, every test, branch coverage
	$(BIN)/pytest --cov --cov-report=term --cov-fail-under=95

check: .venv/dev.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

servers:  ## PostgreSQL, MariaDB and Redis for the tests, which start them; without, their tests are skipped
	@tests/servers/install.sh || [ "$$RECOLLECT_REQUIRE_SERVERS" != 1 ]

bench: .venv/peers.ready servers  ## the figures of docs/performance.md, beside the peers and the bare driver
	$(BIN)/python -m benchmarks

kills: .venv/dev.ready  ## 1,000 kills of a writing process for each store
	$(BIN)/python -m tests.faults.kills --kills 1000 --store sqlite
	$(BIN)/python -m tests.faults.kills --kills 1000 --store files

powercuts: .venv/dev.ready  ## 300 simulated power cuts for each store
	$(BIN)/python -m tests.faults.powercuts --seeds 300 --store sqlite
	$(BIN)/python -m tests.faults.powercuts --seeds 300 --store files

cuts: .venv/dev.ready servers  ## 1,000 cut connections of the writers to each server store
	cd tests && ../$(BIN)/python -m faults.server_cuts --cuts 1000 --store postgresql
	cd tests && ../$(BIN)/python -m faults.server_cuts --cuts 1000 --store mysql
	cd tests && ../$(BIN)/python -m faults.server_cuts --cuts 1000 --store redis
	cd tests && ../$(BIN)/python -m faults.server_cuts --cuts 1000 --store valkey

outages: .venv/dev.ready  ## 200 outages and 60 kills under a failover
	$(BIN)/python -m tests.faults.outages --outages 200 --kills 60

stale: .venv/dev.ready servers  ## 100,000 operations of four processes on each store, and no stale read
	cd tests && for store in sqlite files postgresql mysql redis; do ../$(BIN)/python -m faults.staleness --store $$store || exit 1; done

crashes: .venv/dev.ready servers  ## 100 killed servers and 10,000 cancelled calls of each server store, 20 failovers by Sentinel and in a cluster
	cd tests && ../$(BIN)/python -m faults.server_crashes --crashes 100 --store postgresql
	cd tests && ../$(BIN)/python -m faults.server_cancellations --calls 10000 --store postgresql
	cd tests && ../$(BIN)/python -m faults.server_crashes --crashes 100 --store mysql
	cd tests && ../$(BIN)/python -m faults.server_cancellations --calls 10000 --store mysql
	cd tests && ../$(BIN)/python -m faults.server_crashes --crashes 100 --store redis
	cd tests && ../$(BIN)/python -m faults.server_cancellations --calls 10000 --store redis
	cd tests && ../$(BIN)/python -m faults.server_crashes --crashes 100 --store valkey
	cd tests && ../$(BIN)/python -m faults.server_cancellations --calls 10000 --store valkey
	cd tests && ../$(BIN)/python -m faults.server_failovers --times 20 --how sentinel
	cd tests && ../$(BIN)/python -m faults.server_failovers --times 20 --how cluster

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Recollect needs Python 3.11 or newer: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } \
		|| { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"

.venv/run.ready: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev.ready: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable . --group dev
	@touch $@ .venv/run.ready

.venv/peers.ready: .venv/dev.ready
	$(BIN)/pip install --quiet --group peers
	@touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
