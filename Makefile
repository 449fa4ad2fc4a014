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

## Every test that needs nothing but this machine, then both examples against a running server.
test: check-core
	$(CARGO) test --workspace --all-features
	$(MAKE) check-client
	$(MAKE) examples

## Formatting and lints; warnings are errors.
lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-features --all-targets -- -D warnings

## hdip-core stays pure and small.
check-core:
	.ci/check-core

## The client's generated code is what openapi/hdip.json gives.
check-client:
	$(CARGO) run -q -p hdip-codegen -- --check openapi/hdip.json hdip-client/src/generated.rs

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

## 64 accepts for each of 500 interviews, through 3 servers with 2 workers, on MariaDB and PostgreSQL.
race:
	HDIP_REQUIRE_SERVICES=1 FLEET_INTERVIEWS=500 $(CARGO) test --release -p hdip-server --all-features --test stress -- fleet race --ignored --nocapture --test-threads 1

## Ten minutes of SIGKILL and broker outages (SECONDS=n for another length).
SECONDS ?= 600
storm:
	HDIP_REQUIRE_SERVICES=1 STORM_SECONDS=$(SECONDS) $(CARGO) test --release -p hdip-server --all-features --test stress storm -- --ignored --nocapture

## Forget the demo data.
clean-data:
	rm -rf $(DATA)
