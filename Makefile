# What one does with this repository. `make` lists it.

.PHONY: help
help: ## Lists the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: run
run: ## Installs what is missing, builds the programs and runs the daemon in the foreground.
	@scripts/setup build
	@$(MAKE) --no-print-directory web/remote/dist/index.html
	cargo build --package deskconnd --package deskconn-cli
	@exec target/debug/deskconnd

.PHONY: test
test: ## Installs what is missing and runs everything below; what must pass before a change goes in.
	@scripts/test

.PHONY: check
check: web/remote/dist/index.html ## Formats, lints, types, documentation, architecture rules.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- --deny warnings
	RUSTDOCFLAGS='--deny warnings --allow rustdoc::private-intra-doc-links' cargo doc --workspace --no-deps --quiet
	cargo test --workspace --quiet --test tidy --test readme
	cd web && npm run --silent lint
	cd web && npm run --silent check

.PHONY: unit
unit: web/remote/dist/index.html ## The tests of every crate, two hosts on one network among them.
	@scripts/setup build net
	cargo test --workspace --exclude deskconn-tests

.PHONY: extension
extension: web/extension/dist/chromium/manifest.json ## Builds the browser extension, for Chromium and for Firefox.
	@echo 'web/extension/dist: load chromium/ unpacked, or firefox/manifest.json as a temporary add-on'

.PHONY: web
web: web/remote/dist/index.html web/extension/dist/chromium/manifest.json ## The web client's, the web remote's and the extension's tests, in Node and in browsers.
	@scripts/setup browser
	cd web && npm run --silent test
	cd web && npm run --silent e2e

.PHONY: e2e
e2e: web/remote/dist/index.html web/extension/dist/chromium/manifest.json ## The programs together, end to end, foreign WAMP clients among them.
	@scripts/setup interop browser desktop
	cargo test --package deskconn-tests

.PHONY: interop
interop: web/remote/dist/index.html ## Foreign WAMP clients against the daemon.
	@scripts/setup interop
	cargo test --package deskconn-tests --test interop

.PHONY: crossbar
crossbar: ## Writes down anew what Crossbar does, for the test that compares us with it.
	@scripts/setup crossbar
	tests/interop/side_by_side/record

.PHONY: net
net: ## Announcing and finding, between two hosts on one network.
	@scripts/setup net
	cargo test --package deskconn-discovery --test network

.PHONY: vm
vm: web/remote/dist/index.html ## Devices of a real kernel, which is built the first time.
	@scripts/setup vm browser
	@for script in tests/vm/*.sh; do echo "$$script"; $$script || exit 1; done

.PHONY: docs
docs: web/remote/dist/index.html ## Writes docs/components.md and the types of web/client anew, of what the components say of themselves.
	UPDATE_EXPECT=1 cargo test --package deskconnd --lib --quiet document

.PHONY: show
show: web/remote/dist/index.html ## A real slide show on an X server, turned by the daemon; installs Xorg, MuPDF and LibreOffice Impress, whose show is run by hand.
	@scripts/setup vm show
	tests/vm/show/slide-show.sh

.PHONY: deny
deny: ## Licences, banned and doubled dependencies, and known vulnerabilities where GitHub can be reached.
	scripts/cargo-deny check --hide-inclusion-graph licenses bans sources
	scripts/advisories

.PHONY: advisories
advisories: ## Known vulnerabilities of the dependencies; fails where GitHub can not be reached.
	scripts/advisories --strict

.PHONY: fuzz
fuzz: web/remote/dist/index.html ## A minute of octets at random for everything that reads what peers send.
	scripts/fuzz

.PHONY: bench
bench: web/remote/dist/index.html ## How fast the router is, beside a bare relay and the routers of others that are installed; some minutes.
	cargo build --release --package deskconnd --package deskconn-bench
	target/release/deskconn-bench --peers $${DESKCONN_RIG:-$${XDG_CACHE_HOME:-$$HOME/.cache}/deskconn-rig}/peers --out target/bench $(BENCH)

.PHONY: bench-peers
bench-peers: ## Installs the routers of others for `make bench`, as far as they can be had.
	scripts/bench-peers

.PHONY: setup
setup: ## Installs what building and testing need.
	@scripts/setup

# The web remote, which the daemon serves.
web/remote/dist/index.html: $(wildcard $(shell git ls-files --cached --others --exclude-standard web/client web/remote)) web/node_modules/.package-lock.json
	cd web && npm run --silent build
	@touch $@

# The browser extension, unpacked and as zips.
web/extension/dist/chromium/manifest.json: $(wildcard $(shell git ls-files --cached --others --exclude-standard web/client web/extension)) web/node_modules/.package-lock.json
	cd web && npm run --silent build -w extension
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json $(wildcard web/package.json web/*/package.json)
	cd web && npm ci --no-fund --no-audit --loglevel=error
	@touch $@
