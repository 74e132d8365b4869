# `make run` starts Chirrup on http://localhost:3000; `make test` runs every test; `make help` lists the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# Tests look at what a program says that fails.
unexport RUST_BACKTRACE

# Folders whose tests play clients against a server of ours: by `npm test`, or by their own `make test`.
JS := $(patsubst %/package.json,%,$(wildcard crates/socketio/conformance/package.json tests/*/package.json))
OTHER := $(patsubst %/Makefile,%,$(wildcard tests/*/Makefile))

.PHONY: help run build test test-rust $(JS:%=test-%) $(OTHER:%=test-%) lint lint-rust $(JS:%=lint-%) check-tools

help: ## Says what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Builds what is missing and starts the server, with its data in ./data
	@scripts/check-tools cargo cc
	cargo run --package chirrup-server --bin chirrup

build: ## Builds target/release/chirrup
	@scripts/check-tools cargo cc
	cargo build --release --package chirrup-server --bin chirrup

test: check-tools ## Runs every test
	@scripts/run-suites rust $(JS) $(OTHER)

test-rust:
	@cargo test --quiet --workspace --no-fail-fast

lint: lint-rust $(JS:%=lint-%) ## Checks format, lints and, where cargo-deny is installed, licences

lint-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny > /dev/null; then cargo deny check; fi

check-tools:
	@scripts/check-tools cargo cc node npm python3 java mvn chromium

$(JS:%=test-%): test-%: %/node_modules/.package-lock.json
	@npm --silent --prefix $* test -- --test-reporter=$(CURDIR)/scripts/brief-reporter.mjs

$(OTHER:%=test-%): test-%:
	@$(MAKE) -C $* test

$(JS:%=lint-%): lint-%: %/node_modules/.package-lock.json
	npm --prefix $* run --if-present lint

# They borrow the servers and people of the end to end tests, and with them what those need.
test-tests/browser test-tests/stress: tests/e2e/node_modules/.package-lock.json

# npm writes this file last, so it stands for a finished installation.
%/node_modules/.package-lock.json: %/package-lock.json
	npm --prefix $* ci --no-progress
