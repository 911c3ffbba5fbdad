# SPDX-License-Identifier: Apache-2.0
# make prints help; make test is all that CI runs.
.DEFAULT_GOAL := help
GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
BIN := bin/mainstay
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help build agent test tools generate check-generated vet lint unit bench soak shots clean

help: ## Print this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build the static server binary into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X mainstay/app.Version=$(VERSION)" -o $(BIN) ./cmd/mainstay

agent: ## Build the agent for all systems, with its packages, into bin/agent/
	agent/packaging/build bin/agent $(VERSION)

test: ## Install what the tests need and run all of them
	test/needs
	$(MAKE) vet lint check-generated unit

vet:
	$(GO) vet ./...

lint: ## Linters: golangci-lint, staticcheck, gofumpt
	$(GO) tool -modfile=tools/lint/go.mod golangci-lint run --timeout 15m ./...

unit: ## All Go tests on SQLite and on a real PostgreSQL, browser tests included
	CI=$${CI:-true} test/with-postgres $(GO) test -timeout 40m ./...

generate: ## Make the generated code anew (templ, sqlc)
	$(TOOL) templ generate -log-level error
	$(GO) tool -modfile=tools/sqlc/go.mod sqlc generate

check-generated: ## Fail when generated code is not in step with its sources
	test/in-step

bench: ## Print the figures that the documentation names
	$(GO) test -run '^$$' -bench . -benchtime 1x ./... | grep -v '^?\|no test files\|^ok\|^PASS'

soak: ## Long runs: fuzzing, large histories, kill -9 loops
	test/soak

shots: build ## Screenshots of the demo firm into shots/
	MAINSTAY_SHOTS=$(CURDIR)/shots $(GO) test -count 1 -run 'Browser' ./test/browser/... ./app/...

clean: ## Remove what was built
	rm -rf bin shots
