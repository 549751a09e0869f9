# make run    build everything and show a lesson on this machine (DEMO=empty: without the simulated people)
# make test   everything that is checked, with the set-up it needs
# make build  the web client and the release binary
# make bench  measure the server with 200 simulated classrooms
# make fmt    format everything
# make types  write the TypeScript types of the protocol

CARGO ?= cargo
NPM ?= npm
TARGET := $(or $(CARGO_TARGET_DIR),target)
TONGKE := $(TARGET)/release/tongke
DIST := web-client/dist/index.html
MODULES := web-client/node_modules/.package-lock.json

# Tests share the release build's dependencies, so that nothing is compiled twice; only the crates of this workspace are built with checks on.
CHECKED := --release --config .ci/checked.toml
# Clippy is a compiler: what it lints need not be compiled a second time.
LINTED := env RUSTC_WORKSPACE_WRAPPER=clippy-driver
STAGE := .ci/stage
# Workspaces of their own, which cargo fmt does not see.
FUZZ_TARGETS := $(wildcard */fuzz/fuzz_targets/*.rs)
# Times the limits of the browser tests are stretched by: four browsers, their encoders and the server share the machine. 1 on a machine with cores to spare.
PATIENCE ?= 3

BROWSER = node web-client/e2e/run.mjs --tongke $(abspath $(TONGKE)) --patience $(PATIENCE)

.PHONY: build run test test-rust test-web test-fuzz test-browser test-pages bench fmt types clean setup

build: $(DIST)
	$(CARGO) build --locked --release

run: build
	$(TONGKE) demo $(if $(filter empty,$(DEMO)),--empty) $(ARGS)

$(MODULES): web-client/package-lock.json web-client/package.json
	cd web-client && $(NPM) ci --no-audit --no-fund
	@touch $@

$(DIST): $(MODULES) $(shell find web-client -path web-client/node_modules -prune -o -path web-client/dist -prune -o -path web-client/e2e -prune -o -type f -print)
	cd web-client && $(NPM) run --silent build
	@touch $@

# Parts side by side, each of which waits for much of its time; fuzzing, which only computes, gives way. What measures time runs alone.
test:
	@.ci/stage --new
	@$(STAGE) setup .ci/setup
	@$(STAGE) web-build $(MAKE) --no-print-directory $(DIST)
	@$(STAGE) format $(CARGO) fmt --all --check
	@$(STAGE) format-fuzz rustfmt --edition 2024 --check $(FUZZ_TARGETS)
	@$(STAGE) rust-build $(LINTED) .ci/rust-build $(CHECKED)
	@$(MAKE) --no-print-directory --jobs 3 test-rust test-web test-fuzz
	@$(MAKE) --no-print-directory --jobs 2 test-browser test-pages
	@$(STAGE) browser-timed $(BROWSER) --only timed
	@.ci/stage --summary

test-rust:
	@$(STAGE) rust-test $(LINTED) .ci/postgres .ci/rust-test $(CHECKED)
	@$(STAGE) doc-test $(LINTED) $(CARGO) test --locked --workspace --doc $(CHECKED)

test-web:
	@$(STAGE) web-check npm --prefix web-client run --silent check
	@$(STAGE) web-test npm --prefix web-client test --silent
	@$(STAGE) rest-api $(LINTED) .ci/schemathesis 10 $(CHECKED)
	@$(STAGE) rest-api-postgres $(LINTED) .ci/postgres .ci/schemathesis 10 $(CHECKED)

test-fuzz:
	@$(STAGE) fuzz-sfu nice .ci/fuzz sfu 3
	@$(STAGE) fuzz-signaling nice .ci/fuzz signaling 3

test-browser:
	@$(STAGE) browser $(BROWSER) --only untimed

test-pages:
	@$(STAGE) web-pages npm --prefix web-client exec -- vitest run --root web-client --config vitest.pages.config.ts

bench: build
	$(CARGO) build --locked --release -p loadtest
	.ci/bench $(TONGKE) $(TARGET)/release/loadtest

fmt: $(MODULES)
	$(CARGO) fmt --all
	rustfmt --edition 2024 $(FUZZ_TARGETS)
	cd web-client && $(NPM) run --silent format

types:
	UPDATE_TYPES=1 $(CARGO) test --locked -p tongke-protocol -p signaling --test typescript

setup:
	.ci/setup

clean:
	$(CARGO) clean
	rm -rf web-client/dist web-client/node_modules
