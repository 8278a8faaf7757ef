# Everything that is done with this repository has a name here. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Real answers that people gave, kept outside of the repository. A test that needs them says so where they are missing.
export EARSHOT_TESTDATA ?= $(abspath ../shared/data)
# The browser of the browser tests: the system's own.
export EARSHOT_CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome || true)

DEMO := ./demo
LISTEN := 127.0.0.1:8080
PWA_SOURCES := $(shell find pwa/src pwa/messages pwa/project.inlang pwa/public pwa/plugins pwa/index.html pwa/vite.config.ts pwa/svelte.config.js pwa/tsconfig*.json -type f -not -path "pwa/src/paraglide/*" 2>/dev/null)

##@ Every day

.PHONY: help
help: ## list what there is
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

.PHONY: run
run: build ## build everything and start a demonstration on http://127.0.0.1:8080 (or LISTEN=HOST:PORT), with three links and QR codes
	./bin/earshot serve --demo --data $(DEMO) --listen $(LISTEN)

.PHONY: test
test: lint fresh test-go simulate test-pwa test-browser ## every test there is, within 15 minutes on 2 cores

.PHONY: build
build: server/web/dist/index.html ## the PWA, and the one binary bin/earshot that holds it
	go build -trimpath -o bin/earshot ./cmd/earshot

.PHONY: demo-run
demo-run: build ## the main job, whole, on real input: 50 phones, a bad line, an answer for every matter
	go run ./server/bench/demorun -earshot bin/earshot -input "$(EARSHOT_TESTDATA)/feedback.csv"

.PHONY: generate
generate: ## write pwa/src/schema/schema.ts from server/programme
	go run ./server/programme/typescript > pwa/src/schema/schema.ts.new
	mv pwa/src/schema/schema.ts.new pwa/src/schema/schema.ts

.PHONY: clean
clean: ## remove what was built here and the demonstration's data
	rm -rf bin $(DEMO) pwa/dist pwa/test-results coverage.out
	find server/web/dist -mindepth 1 -not -name .keep -delete 2>/dev/null || true

##@ Parts of make test

.PHONY: lint
lint: pwa/node_modules/.package-lock.json server/web/dist/index.html ## gofmt, go vet, staticcheck, eslint, svelte-check
	@unformatted=$$(gofmt -l cmd server sync migrations .ci); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	go vet ./... ./.ci/tally
	go run $(STATICCHECK) ./... ./.ci/tally
	cd pwa && npm run --silent lint
	cd pwa && npm run --silent check

.PHONY: fresh
fresh: ## is what is generated the same as what is committed?
	@go run ./server/programme/typescript | diff -u pwa/src/schema/schema.ts - \
		|| { echo "pwa/src/schema/schema.ts is stale: run 'make generate' and commit it"; exit 1; }

.PHONY: test-go
test-go: build ## Go with -race: conformance vectors, properties, fuzz corpora, the built binary
	go test -race -timeout 12m -json ./... | go run ./.ci/tally

.PHONY: simulate
simulate: ## a DAT lives through whatever breaks, seed after seed, for two minutes; or SEEDS=100000 FROM=1 of them
	go test -count=1 -timeout 24h -v ./server/sim -run Promised -args -for 2m -seeds "$(or $(SEEDS),0)" -from "$(or $(FROM),1)"

.PHONY: test-pwa
test-pwa: pwa/node_modules/.package-lock.json server/web/dist/index.html ## TypeScript tests, conformance vectors, the size of the first download
	cd pwa && npm run --silent unit
	cd pwa && npm run --silent size

.PHONY: test-browser
test-browser: build chromium ## a real Chromium against the real server
	cd pwa && npm run --silent e2e

##@ Longer

.PHONY: bench
bench: build ## speed, as ratios to raw SQLite in the same run; memory, start, import, search, exports (some 10 minutes)
	go run ./server/bench/speed -earshot bin/earshot

.PHONY: bench-phone
bench-phone: build chromium ## a slow phone (Chromium, CPU slowed four times, server gone): start, Save, typing
	cd pwa && node bench/phone.mjs

.PHONY: bench-browser
bench-browser: build chromium pwa/bench/node_modules/.package-lock.json ## a desk of 100,000 views in a browser: first sync, killed on the way, opened without a server, scrolled, beside PouchDB; fails below what we promise
	cd pwa && node bench/desk.mjs

.PHONY: bench-lighthouse
bench-lighthouse: build chromium pwa/bench/node_modules/.package-lock.json ## Lighthouse over the main screens of phone and desk; fails below 95 for speed, 100 for the rest
	cd pwa && node bench/lighthouse.mjs

.PHONY: bench-suggest
bench-suggest: ## how good suggestions are, on real input: themes, repeats
	go run ./server/bench/suggest -file "$(EARSHOT_TESTDATA)/feedback.csv"

FUZZTIME := 60s
CHECKS := 20000

.PHONY: soak
soak: build soak-fuzz soak-seeds soak-server ## long fuzzing, many seeds, kills, thousands of sockets, the big replica (hours with FUZZTIME=10m)

.PHONY: soak-fuzz
soak-fuzz: ## each fuzz test for FUZZTIME (60s)
	@for package in $$(go list ./...); do \
		for name in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done

.PHONY: soak-seeds
soak-seeds: ## each property over CHECKS (20000) generated histories
	@for package in $$(go list -f '{{range .TestImports}}{{.}} {{end}}{{range .XTestImports}}{{.}} {{end}}:{{.ImportPath}}' ./... | grep -E '(pgregory.net/rapid|/storetest) .*:' | cut -d: -f2); do \
		go test -timeout 4h $$package -args -rapid.checks=$(CHECKS); \
	done

.PHONY: soak-server
soak-server: build ## kill -9 under load, thousands of sockets, a replica of 1,000,000 records
	go run ./server/bench/soak -earshot bin/earshot

##@ What the others need

.PHONY: tools
tools: ## are Go, Node, a C compiler there, and new enough?
	@command -v go >/dev/null || { echo "Go 1.26 or newer is needed: https://go.dev/dl"; exit 1; }
	@command -v cc >/dev/null || command -v gcc >/dev/null || { echo "A C compiler is needed (SQLite is C): apt-get install gcc libc6-dev"; exit 1; }
	@command -v npm >/dev/null || { echo "Node 20.19 or newer is needed, with npm: https://nodejs.org"; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split("."); if (a < 20 || (a == 20 && b < 19)) { console.error("Node 20.19 or newer is needed, this is " + process.version); process.exit(1) }'

.PHONY: chromium
chromium: ## fetch a missing Chromium from the system's packages, or say how
	@if [ -n "$$EARSHOT_CHROMIUM" ] && "$$EARSHOT_CHROMIUM" --version; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "Chromium is needed for the browser tests: install it, or set EARSHOT_CHROMIUM to one"; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then sudo=; \
	elif sudo -n true 2>/dev/null; then sudo=sudo; \
	else echo "Chromium is needed for the browser tests: sudo apt-get install chromium"; exit 1; fi; \
	$$sudo apt-get update -q; \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q --no-install-recommends chromium; \
	chromium --version || { echo "This system's chromium package does not run here: set EARSHOT_CHROMIUM to one that does"; exit 1; }

pwa/node_modules/.package-lock.json: pwa/package.json pwa/package-lock.json | tools
	cd pwa && npm ci --no-audit --no-fund
	@touch $@

pwa/bench/node_modules/.package-lock.json: pwa/bench/package.json pwa/bench/package-lock.json | tools
	cd pwa/bench && npm ci --no-audit --no-fund
	@touch $@

server/web/dist/index.html: pwa/node_modules/.package-lock.json $(PWA_SOURCES)
	cd pwa && npm run --silent build
	mkdir -p server/web/dist
	find server/web/dist -mindepth 1 -not -name .keep -delete
	cp -R pwa/dist/. server/web/dist/
