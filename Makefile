# Bare `make` prints what can be done.
export PATH := $(PATH):/usr/local/go/bin
ARGS ?=
TESTFLAGS ?=
# What runs beside itself is tested with the race detector: the engine, its store, and what sends and keeps.
RACED = ./blob ./cloudtasks/... ./dispatch ./enrich ./fetch ./kind/... ./postgres/... ./preview ./trigger ./webhook
TASKS ?= 1000000
FINISHED ?= 1000000
SNAPSHOT ?= 1m

.PHONY: help run build test check screens clients bench microbench bench-list figures clean

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

run: ## set up what is missing, build, and run everything with a demo (ARGS for more flags)
	@scripts/setup go postgres tesseract
	@go build -o bin/enrichd ./cmd/enrichd
	@exec ./bin/enrichd dev $(ARGS)

build: ## build bin/enrichd
	@scripts/setup go
	go build -o bin/enrichd ./cmd/enrichd

test: ## set up what is missing and run every test, those of the engine with the race detector
	@scripts/setup go postgres pgbouncer tesseract gcc chromium node
	@# The rules of accessibility that pages are held to.
	@test -e tests/browser/node_modules/axe-core/axe.min.js || (cd tests/browser && npm ci --silent)
	go vet ./...
	@# The PDF engine is compiled once, here: under the race detector it takes a minute.
	@go build -o bin/enrichd ./cmd/enrichd && bin/enrichd reader --warm --cache "$${XDG_CACHE_HOME:-$$HOME/.cache}/enrichd-reader"
	CGO_ENABLED=1 ENRICHD_READER="$(CURDIR)/bin/enrichd" go test -race -timeout 12m $(TESTFLAGS) $(RACED)
	@# The rest goes without it, which is several times as fast.
	ENRICHD_READER="$(CURDIR)/bin/enrichd" go test -timeout 12m $(TESTFLAGS) $$(go list ./... | grep -vE "$$(go list $(RACED) | sed 's/.*/^&$$/' | paste -sd '|')")
	@# A process killed, or a call failed, at each named place.
	go test -tags failpoint -run Failpoints $(TESTFLAGS) ./dispatch ./cloudtasks
	@# The race against others is a module of its own, which must not fall behind.
	cd bench && go vet .

check: ## formatting, vet, staticcheck, tidy modules, the syntax of the Terraform example
	@scripts/setup go
	@list="$$(go tool -modfile=tools/go.mod gofumpt -l .)"; test -z "$$list" || { echo "$$list"; echo "not formatted: go tool -modfile=tools/go.mod gofumpt -w ."; exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	go mod tidy -diff
	go tool -modfile=tools/go.mod hclfmt -check -require-no-change deploy/terraform/*.tf >/dev/null

screens: ## draw docs/screens: every page of the console, in both themes, from the demo (with ARGS, an address, a folder and paths: of a running one)
	@scripts/setup go postgres tesseract chromium node
	@go build -o bin/enrichd ./cmd/enrichd
	@$(if $(ARGS),node tests/screens/run.js $(ARGS),node tests/screens/book.js bin/enrichd docs/screens)

clients: ## run client libraries of npm against enrichd dev
	@scripts/setup go postgres tesseract node
	@go build -o bin/enrichd ./cmd/enrichd
	@cd tests/clients && npm ci --silent && node run.js

bench: ## race enrichd against River and plain SQL on a durable PostgreSQL (FINISHED=10000000 SNAPSHOT=5m for the full figures; ARGS for more flags)
	@scripts/setup go postgres
	@mkdir -p bin && cd bench && go build -o ../bin/bench .
	bin/bench -finished $(FINISHED) -snapshot $(SNAPSHOT) -out bin/bench.json $(ARGS)

microbench: ## run the Go benchmarks of all rooms
	@scripts/setup go postgres tesseract
	go test -run '^$$' -bench . -benchmem ./...

bench-list: ## plans and times of lists among TASKS tasks (1000000 unless it is given)
	@scripts/setup go postgres
	ENRICHD_BENCH_TASKS=$(TASKS) go test -count=1 -timeout 3h -run BenchList -v ./api

figures: ## measure the figures of docs/figures.md
	@scripts/setup go postgres tesseract
	ENRICHD_FIGURES=1 go test -count=1 -run Figures -v ./cmd/enrichd ./pagefacts

clean: ## remove what was built and the data of the private PostgreSQL
	rm -rf bin .enrichd
