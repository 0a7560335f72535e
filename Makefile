# Everything that this project does, by name. `make help` lists it.

PREFIX ?= /usr/local
# How long `make fuzz` gives each target, and which; all of them by default.
SECONDS ?= 60
TARGETS ?=
# What has no short form among Tests/clients.
SOAK_ONLY := Tests/soak/test_long_log.py Tests/soak/test_stopped_readers.py

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

RELEASE := .build/release
CHECKED := --explicit-target-dependency-import-check error
SOURCES := Package.swift Sources Tests
MAN := docs/man/campana.1 docs/man/campanad.8
BIN_DIR = $(DESTDIR)$(PREFIX)/bin
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man

.PHONY: help
help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-13s %s\n", $$1, $$2 }'

.PHONY: build
build: ## build release binaries, after installing the C libraries that are missing
	@Scripts/install-deps build
	swift build -c release --static-swift-stdlib --product campanad
	swift build -c release --static-swift-stdlib --product campana

.PHONY: run
run: build ## build, start the hub on its defaults, and say what to paste next
	@cat Scripts/next-steps.txt
	@exec $(RELEASE)/campanad

.PHONY: demo
demo: build ## build, and show a hub, a consumer and a first task at work; Control-C ends it
	@exec Scripts/demo

.PHONY: test
test: ## hold everything to its promises: form, floors, units, and real clients
	@Scripts/install-deps test
	$(MAKE) lint
	swift build --build-tests $(CHECKED)
	swift test --skip-build
	$(MAKE) build
	$(MAKE) test-clients

.PHONY: test-clients
test-clients: .venv/ready ## run only the tests with other people's clients, on the binaries as built
	.venv/bin/python -m pytest Tests/clients
	CAMPANA_SOAK=short .venv/bin/python -m pytest $(SOAK_ONLY)

.PHONY: soak
soak: .venv/ready ## the long forms of those tests, a quarter of an hour: make soak CAMPANA_SOAK_KILLS=1000
	.venv/bin/python -m pytest Tests/soak

.venv/ready: Tests/clients/requirements.txt
	@Scripts/install-deps test
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

.PHONY: lint
lint: ## check the form of the code, and which floor uses what
	swift format lint --strict --recursive $(SOURCES)
	Scripts/floors

.PHONY: format
format: ## bring the code into form
	swift format --in-place --recursive $(SOURCES)

.PHONY: docs
docs: build ## print docs/ pages and manual pages from the tables of options, commands and metrics
	@mkdir -p docs/man
	$(RELEASE)/campanad --print markdown > docs/configuration.md
	$(RELEASE)/campanad --print metrics > docs/metrics.md
	$(RELEASE)/campanad --print limits > docs/limits.md
	$(RELEASE)/campanad --print man > docs/man/campanad.8
	$(RELEASE)/campana --print markdown > docs/campana.md
	$(RELEASE)/campana --print man > docs/man/campana.1

.PHONY: conformance
conformance: build ## run the Autobahn cases against the hub and against our client
	@Scripts/install-deps test
	swift build -c release --static-swift-stdlib --product conformance-client
	Tests/conformance/run

.PHONY: bench
bench: build ## measure the hub against the floor: Benchmarks/run --help says what else there is
	Benchmarks/run

.PHONY: bench-peers
bench-peers: build ## measure the hub beside nchan, NATS, Python websockets and Django Channels
	@Scripts/install-deps peers || echo "campana: measuring those that are here"
	Benchmarks/run --peers

.PHONY: bench-growth
bench-growth: build ## measure how costs grow, and draw docs/growth.svg
	Benchmarks/run --growth

.PHONY: fuzz
fuzz: ## fuzz the cores: make fuzz SECONDS=60 TARGETS="..."
	@Scripts/install-deps build
	Tests/Fuzz/run $(SECONDS) $(TARGETS)

.PHONY: sanitize
sanitize: test-asan test-tsan ## run the unit tests under both sanitizers, one after the other

# Without the backtracer, which can hang in such a program, and without XCTest, which leaks.
SANITIZED := SWIFT_BACKTRACE=enable=no swift test --disable-xctest

.PHONY: test-asan
test-asan: ## run the unit tests under the address sanitizer, which also finds leaks
	@Scripts/install-deps build
	ASAN_OPTIONS=malloc_context_size=60 LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.txt \
		$(SANITIZED) --sanitize address --scratch-path .build-asan

.PHONY: test-tsan
test-tsan: ## run the unit tests under the thread sanitizer
	@Scripts/install-deps build
	$(SANITIZED) --sanitize thread --scratch-path .build-tsan

.PHONY: install
install: ## install programs and manual pages: make install PREFIX=/usr/local
	@[[ -x $(RELEASE)/campanad && -x $(RELEASE)/campana ]] || $(MAKE) build
	install -d $(BIN_DIR) $(MAN_DIR)/man1 $(MAN_DIR)/man8
	install -s -m 755 $(RELEASE)/campanad $(RELEASE)/campana $(BIN_DIR)
	install -m 644 $(filter %.1,$(MAN)) $(MAN_DIR)/man1
	install -m 644 $(filter %.8,$(MAN)) $(MAN_DIR)/man8

.PHONY: uninstall
uninstall: ## remove what install put there: make uninstall PREFIX=/usr/local
	rm -f $(BIN_DIR)/campanad $(BIN_DIR)/campana
	rm -f $(MAN_DIR)/man1/campana.1 $(MAN_DIR)/man8/campanad.8

.PHONY: clean
clean: ## remove what was built; the hub's data stay
	rm -rf .build .build-* .venv
