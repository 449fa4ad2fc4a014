# Two commands to know: `make run` and `make test`. Everything else is for people who change HDIP.

CARGO ?= cargo
DATA  ?= .hdip

.PHONY: run test lint check-core check-client check-features examples openapi client bench race storm clean-data

## Build, migrate, seed demo data, serve on http://127.0.0.1:8080 (state in .hdip/).
run:
	$(CARGO) build -p hdip-server
	HDIP_DATA_DIR=$(DATA) ./target/debug/hdip-server migrate
	HDIP_DATA_DIR=$(DATA) ./target/debug/hdip-server seed
	HDIP_DATA_DIR=$(DATA) ./target/debug/hdip-server all

# One feature set, with what tests need, for programs and tests: with another most of it would be built again.
ALL = --workspace --all-features

## Every test that needs nothing but this machine, then the examples against a running server.
test: check-core
	$(CARGO) build $(ALL) --bins --tests
	$(CARGO) test $(ALL)
	$(MAKE) check-client
	$(MAKE) examples

## Formatting and lints; warnings are errors.
lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(ALL) --all-targets -- -D warnings

## hdip-core stays pure and small.
check-core:
	.ci/check-core

## The client's generated code is what openapi/hdip.json gives.
check-client:
	$(CARGO) build -q $(ALL) --bins --tests
	./target/debug/hdip-codegen --check openapi/hdip.json hdip-client/src/generated.rs

## Every adapter compiles alone.
check-features:
	.ci/check-features

## The example programs, as a user would run them.
examples:
	.ci/run-examples

## Regenerate openapi/hdip.json and the client made from it.
openapi client:
	$(CARGO) run -q -p hdip-server -- openapi --write openapi/hdip.json
	$(CARGO) run -q -p hdip-codegen -- openapi/hdip.json hdip-client/src/generated.rs

## Benchmarks; see docs/performance.md.
bench:
	$(CARGO) bench -p hdip-core --bench slots
	$(CARGO) bench -p hdip-integrations --bench slots_sqlite --all-features
	.ci/bench
	.ci/load

# What is measured and what is stormed is the same build; .ci/load says it once more.
RELEASE = --release -p hdip-server -p load --all-features

## 64 accepts for each of 500 interviews, through 3 servers with 2 workers, on MariaDB and PostgreSQL.
race:
	HDIP_REQUIRE_SERVICES=1 FLEET_INTERVIEWS=500 $(CARGO) test $(RELEASE) --test stress -- fleet --nocapture --test-threads 1

## Ten minutes of SIGKILL and broker outages (SECONDS=n for another length).
SECONDS ?= 600
storm:
	HDIP_REQUIRE_SERVICES=1 STORM_SECONDS=$(SECONDS) $(CARGO) test $(RELEASE) --test stress -- storm --nocapture

## Forget the demo data.
clean-data:
	rm -rf $(DATA)
