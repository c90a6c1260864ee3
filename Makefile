# The daily acts. `make help` lists them.

GOLANGCI_LINT_VERSION := v2.15.0
GOBIN := $(shell go env GOPATH)/bin
VERSION ?= dev

GORELEASER := go run github.com/goreleaser/goreleaser/v2@v2.17.0

.PHONY: help build snapshot test lint bench conformance conformance-redis conformance-postgres docs completions screenshot recording check-generated fuzz

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

build: ## Build bin/orbit
	go build -trimpath -ldflags "-s -w -X github.com/orbit-server/orbit/internal/version.Version=$(VERSION)" -o bin/orbit ./cmd/orbit

snapshot: ## Build the release's binary for linux/amd64 into dist/, as goreleaser does
	$(GORELEASER) build --snapshot --clean --single-target --id linux-amd64

test: ## Run all tests
	go test ./...

lint: $(GOBIN)/golangci-lint ## Check style, layers and formatting
	$(GOBIN)/golangci-lint run ./...

$(GOBIN)/golangci-lint:
	go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

bench: ## Measure against redis-server and PostgreSQL on this machine
	go run ./internal/bench

fuzz: ## Fuzz each decoder for 30 s
	.ci/fuzz 30s

conformance: conformance-redis conformance-postgres ## Run the official suites of Redis and PostgreSQL
	go test -count=1 ./internal/storage/... ./internal/postgres/logictest/...

conformance-redis: ## Run Redis's own suite against orbit; fails on a step back
	go run ./internal/conformance/redis -check
	go run ./internal/conformance/redis -check -mode actor

conformance-postgres: ## Run PostgreSQL's own suites against orbit; fails on a step back
	go run ./internal/conformance/postgres -check
	go run ./internal/conformance/postgres -check -mode actor

docs: ## Generate docs/COMMANDS.md, docs/CONFIGURATION.md, the key bindings and the man pages
	go run ./internal/docgen docs

completions: ## Generate the shell completions
	go run ./internal/docgen completions

screenshot: ## Draw the pictures in docs/images from a run of the terminal UI
	go run ./internal/docgen screenshot

recording: ## Draw docs/images/tui-recording.svg, which moves, from a run of the terminal UI
	go run ./internal/docgen recording

check-generated: docs completions ## Fail if what is generated is not what is checked in
	@git diff --exit-code --stat -- docs completions || (echo 'generated files are stale: run make docs completions and commit' >&2; exit 1)
	@test -z "$$(git ls-files --others --exclude-standard -- docs completions)" || (echo 'generated files are not committed: run make docs completions and commit' >&2; exit 1)
