# Every target is one line over the set-up script, which works without make too.
# ARGS is passed on: make test ARGS="-k ledger", make run ARGS="selftest".
PYTHON ?= python3
SCRIPT := $(PYTHON) packaging/setup_environment.py

.PHONY: run test lint bench package test-package setup clean

run:
	@$(SCRIPT) run $(ARGS)

test:
	@$(SCRIPT) test $(ARGS)

lint:
	@$(SCRIPT) lint

bench:
	@$(SCRIPT) bench $(ARGS)

package:
	@$(SCRIPT) package

test-package:
	@$(SCRIPT) test-package $(ARGS)

setup:
	@$(SCRIPT) setup

clean:
	@$(SCRIPT) clean
