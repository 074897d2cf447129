# Debian packages that the tests and benchmarks use as oracles and peers; gcc is what go test -race needs.
PACKAGES = gcc libc6-dev ca-certificates curl php-cli php-curl openssh-server vsftpd mariadb-server nginx-light wrk php-fpm php-sqlite3 postgresql
# What make ha needs besides.
HA_PACKAGES = patroni etcd-server haproxy postgresql
STATICCHECK = go tool -modfile=tools/go.mod staticcheck
GOVULNCHECK = go tool -modfile=tools/go.mod govulncheck
# Where govulncheck's data is: the Go project's, or a copy (https://… or file:///…) that GOVULNDB names.
VULNDB = $(or $(GOVULNDB),https://vuln.go.dev)

.PHONY: help run build test test-postgres check vuln derive deps fuzz faults bench bench-smoke ha ha-smoke

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## serve a temporary database to this machine, with known tokens
	go run . serve --dev

build: ## build ./panelgate
	go build -o panelgate .

test: deps build check bench-smoke ha-smoke ## install what is missing, build, check, and run every test on both engines
	go test -race -timeout 20m ./...
	@$(MAKE) --no-print-directory test-postgres
	@$(MAKE) --no-print-directory vuln || echo 'vuln: see above; what was published since is no fault of this change, so make test goes by the rest'

test-postgres: ## run the tests of what is stored on PostgreSQL: the store's, the golden exchanges, the scripts
	PANELGATE_TEST_ENGINE=postgres go test -timeout 20m ./store ./auth ./handlers/...
	PANELGATE_TEST_ENGINE=postgres go test -timeout 20m -run 'TestScripts|TestPostgres' ./cli

check: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	for own in bench ha; do (cd $$own && go vet ./... && go tool -modfile=../tools/go.mod staticcheck ./...) || exit 1; done

vuln: ## govulncheck, where its data can be reached
	@if curl -fsS -m 3 -o /dev/null $(VULNDB)/index/modules.json 2>/dev/null; then $(GOVULNCHECK) -db $(VULNDB) ./...; \
	else echo 'vuln: not run, $(VULNDB) cannot be reached: run make vuln where it can, or name a copy of it with GOVULNDB'; fi

faults: ## run the tests of faults in full, with their figures
	PANELGATE_FAULTS=full go test -v -count 1 -timeout 60m -run Faults ./...

fuzz: ## run each fuzz target for 30 s
	@set -e; for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$dir/*_test.go | cut -c6-); do \
			echo "== $$dir $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime 30s -fuzzminimizetime 1s $$dir; \
		done; \
	done

bench: deps ## measure against the peers and judge, write docs/benchmarks.md; ROWS=upsert,php for some, PANELGATE=FILE for another build
	cd bench && go run . $(if $(ROWS),--rows $(ROWS),--docs ../docs) $(if $(PANELGATE),--panelgate $(abspath $(PANELGATE)))

bench-smoke: ## run the harness of bench on little data, to show that it works
	cd bench && go test . && go run . --smoke

ha: ## kill primaries of docs/postgres-ha.md under load, check what clients were told, write the figures there
	@$(MAKE) --no-print-directory deps PACKAGES="$(HA_PACKAGES)"
	cd ha && go run . --docs ../docs $(if $(PANELGATE),--panelgate $(abspath $(PANELGATE)))

ha-smoke: ## run the load of ha and its checks on one server with SQLite, to show that they work
	cd ha && go test .

derive: ## write docs/actions.md and docs/openapi.json anew, from the tables of actions and the golden exchanges
	go run . docs --out docs

deps: ## install the Debian packages that are missing, as root, without starting their services
	@missing=; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ]; then echo "not root: tests that need these will say so and be skipped:$$missing"; exit 0; fi; \
	export DEBIAN_FRONTEND=noninteractive; policy=/usr/sbin/policy-rc.d; \
	[ -e $$policy ] || { printf '#!/bin/sh\nexit 101\n' >$$policy; chmod +x $$policy; trap "rm -f $$policy" EXIT; }; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing
