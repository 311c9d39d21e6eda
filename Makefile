# Two commands for a new user: `make demo` and `make test`. `make help` lists the rest.
# Builds go to CARGO_TARGET_DIR (default: target/).
export CARGO_TARGET_DIR ?= $(CURDIR)/target
# Where the workers for Node.js and Python are: a binary outside of the tree cannot find them by itself.
export AVOCET_GUESTS ?= $(CURDIR)/guests
AVOCET = $(CARGO_TARGET_DIR)/release/avocet

.PHONY: help setup build demo test lint unit docs-test js-test sanitize deny bench soak install clean

help:
	@echo 'make demo      build, serve the examples on 127.0.0.1:8080, call each one, keep serving'
	@echo 'make test      everything that must pass: format, lints, tests, docs, licences'
	@echo 'make build     the release binary: $(AVOCET)'
	@echo 'make bench     measure against the peers, write docs/benchmarks.md (about 15 minutes)'
	@echo 'make soak      kill a server 100 times while events are published, and look for what is lost'
	@echo 'make setup     only the set-up that the others do by themselves'
	@echo 'make install   copy binary, V8 and its headers to PREFIX (default /usr/local)'

setup:
	@scripts/setup build

build: setup
	@echo 'build: release binary (cold: about 3 minutes on 2 cores)'
	cargo build --locked --release -p avocet

demo: build
	@AVOCET='$(AVOCET)' scripts/demo

test:
	@scripts/setup test
	@echo 'test: cold about 15 minutes on 2 cores, warm about 10'
	$(MAKE) --no-print-directory lint js-test unit docs-test sanitize deny

lint:
	cargo fmt --all --check
	scripts/walls
	scripts/words
	cargo clippy --locked --workspace --all-targets -- -D warnings

js-test:
	node --test crates/avocet-engine/js/test/*.test.mjs crates/avocet-sandbox/js/test/*.test.mjs
	for node in node .deps/node/node_modules/*/bin/node; do \
	  echo "js-test: guests/node on Node.js $$($$node --version)"; \
	  $$node --test guests/node/test/*.test.js || exit 1; done
	scripts/pythons | sed -n '1p;$$p' | uniq | while read -r version python; do \
	  echo "js-test: guests/python on Python $$version"; \
	  (cd guests/python && PYTHONDONTWRITEBYTECODE=1 "$$python" -m unittest discover -s tests) || exit 1; done

unit:
	cargo nextest run --locked --workspace

docs-test:
	cargo test --locked --workspace --doc
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

sanitize:
	crates/avocet-v8/sanitize.sh

deny:
	cargo deny --locked check bans licenses sources

# A short version of it, with 10 kills, is in `make test`.
soak:
	@scripts/setup test
	AVOCET_KILLS=$${AVOCET_KILLS:-100} cargo nextest run --locked --release -p avocet -E 'test(soak::)' --no-capture

bench:
	@scripts/setup bench
	cargo build --locked --release -p avocet
	cargo build --locked --release --manifest-path bench/load/Cargo.toml --target-dir '$(CARGO_TARGET_DIR)/bench'
	AVOCET='$(AVOCET)' AVOCET_LOAD='$(CARGO_TARGET_DIR)/bench/release/avocet-bench-load' python3 bench/run.py

PREFIX ?= /usr/local
# The V8 that the build takes, in the order of crates/avocet-v8/build.rs.
V8_PREFIX = $(firstword $(AVOCET_V8_PREFIX) $(wildcard $(CURDIR)/.deps/v8/usr) /usr)
V8_LIB = $(firstword $(wildcard $(V8_PREFIX)/lib/*/libnode.so.* $(V8_PREFIX)/lib/libnode.so.*))
install: build
	install -D -m 755 '$(AVOCET)' '$(DESTDIR)$(PREFIX)/bin/avocet'
	install -D -m 755 '$(AVOCET)-launch' '$(DESTDIR)$(PREFIX)/lib/avocet/avocet-launch'
	install -D -m 644 '$(V8_LIB)' '$(DESTDIR)$(PREFIX)/lib/avocet/$(notdir $(V8_LIB))'
	mkdir -p '$(DESTDIR)$(PREFIX)/lib/avocet/include'
	cp -RL '$(V8_PREFIX)/include/node' '$(DESTDIR)$(PREFIX)/lib/avocet/include/'
	mkdir -p '$(DESTDIR)$(PREFIX)/lib/avocet/guests/node' '$(DESTDIR)$(PREFIX)/lib/avocet/guests/python'
	cp -R guests/node/worker.js guests/node/lib guests/node/package.json guests/node/node_modules '$(DESTDIR)$(PREFIX)/lib/avocet/guests/node/'
	cp -R guests/python/worker.py guests/python/avocet_guest guests/python/site* '$(DESTDIR)$(PREFIX)/lib/avocet/guests/python/'

clean:
	cargo clean
