# Two commands for a new user: `make demo` and `make test`. `make help` lists the rest.
# Builds go to CARGO_TARGET_DIR (default: target/).
export CARGO_TARGET_DIR ?= $(CURDIR)/target
AVOCET = $(CARGO_TARGET_DIR)/release/avocet

.PHONY: help setup build demo test lint unit docs-test js-test sanitize deny bench install clean

help:
	@echo 'make demo      build, serve the examples on 127.0.0.1:8080, call each one, keep serving'
	@echo 'make test      everything that must pass: format, lints, tests, docs, licences'
	@echo 'make build     the release binary: $(AVOCET)'
	@echo 'make bench     measure against the peers, write docs/benchmarks.md (about 15 minutes)'
	@echo 'make setup     only the set-up that the others do by themselves'
	@echo 'make install   copy binary and V8 to PREFIX (default /usr/local)'

setup:
	@scripts/setup build

build: setup
	@echo 'build: release binary (cold: about 3 minutes on 2 cores)'
	cargo build --locked --release -p avocet

demo: build
	@AVOCET='$(AVOCET)' scripts/demo

test:
	@scripts/setup test
	@echo 'test: cold about 10 minutes on 2 cores, warm about 3'
	$(MAKE) --no-print-directory lint js-test unit docs-test sanitize deny

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

js-test:
	node --test crates/avocet-engine/js/test/ crates/avocet-sandbox/js/test/ guests/node/test/

unit:
	cargo nextest run --locked --workspace

docs-test:
	cargo test --locked --workspace --doc
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

sanitize:
	crates/avocet-v8/sanitize.sh

deny:
	cargo deny --locked check bans licenses sources

bench:
	@scripts/setup bench
	cargo build --locked --release -p avocet
	AVOCET='$(AVOCET)' python3 bench/run.py

clean:
	cargo clean
