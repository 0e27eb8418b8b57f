# Everything that is made stays below this directory: .venv, .cache, build, dist.
# Paths are relative on purpose: the directory may have any name, with spaces too.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# An environment knows its absolute place, so a stamp carries it: after `mv` a new one is made.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
RUN := .venv/for-running-$(PLACE)
DEV := .venv/for-developing-$(PLACE)

# The processor-only build of the pinned PyTorch is ten times smaller than PyPI's own for Linux.
TORCH := $(shell sed -n 's/^ *\(torch==[0-9.]*\)$$/\1/p' setup.cfg)+cpu
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

FUZZED := .venv/for-fuzzing-$(PLACE)
FUZZ_RUNS ?= 1000000

BENCHED := .venv/for-benchmarks-$(PLACE)
BENCH = $(BIN)/python -m bench.bench --shared "$(NETHEED_SHARED)"
# Ten to this power connections; 7 takes minutes and a gigabyte.
LARGEST ?= 6

# Of `make hour`, and of `make live-suricata`: minutes that are to be scored.
MINUTES ?= 60
WINDOWS ?= 2

# Research recordings, which are not ours to publish.
NETHEED_SHARED ?= ../shared

ZEEK_SCRIPTS := $(wildcard zeek_scripts/*.zeek tests/btest/tests/*.zeek)
RULES := $(wildcard suricata_rules/*.rules suricata_rules_drop/*.rules)
DIST ?= dist

.DEFAULT_GOAL := help
.PHONY: help demo setup test check fix cover agreement two-sensors fuzz bench bench-quick bench-keep bench-growth bench-caps live live-suricata hour overload crashes faults sample train card evaluate evaluate-quick ablations sources features outputs graph rules package deb clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(RUN) ## install netheed into .venv and find the attacks in the bundled sample
	$(BIN)/netheed score sample/suricata

setup: $(DEV) ## install netheed, its laboratory and its tools into .venv

test: $(DEV) ## run all tests, with a real Suricata, Broker and Redis that are fetched once
	@.ci/suricata || { test "$(CI)" != true && echo "The tests that want it are skipped."; }
	@.ci/broker || { test "$(CI)" != true && echo "The tests that want it are skipped."; }
	@.ci/redis || { test "$(CI)" != true && echo "The tests that want it are skipped."; }
	@.ci/packaging || { test "$(CI)" != true && echo "The tests that want it are skipped."; }
	$(if $(filter true,$(CI)),NETHEED_REQUIRE_SURICATA=1 NETHEED_REQUIRE_BROKER=1 NETHEED_REQUIRE_REDIS=1 NETHEED_REQUIRE_PACKAGING=1) $(BIN)/python -m pytest

check: $(DEV) ## lint, formatting, types, layers of imports, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	@for script in $(ZEEK_SCRIPTS); do $(BIN)/zeek-format $$script | diff -u $$script - || exit 1; done
	@mkdir -p .cache; for rules in $(RULES); do "$$(.ci/suricata)" -T -c sample/suricata.yaml -S $$rules -l .cache --data-dir=.cache || exit 1; done

fix: $(DEV) ## repair what ruff can repair, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(if $(ZEEK_SCRIPTS),$(BIN)/zeek-format --inplace $(ZEEK_SCRIPTS))

cover: $(DEV) ## run the tests and list the lines that none of them reaches
	$(BIN)/coverage run -m pytest --quiet
	$(BIN)/coverage report

fuzz: $(FUZZED) ## feed the readers FUZZ_RUNS hostile inputs, led by coverage
	$(BIN)/python tests/fuzz/fuzz_readers.py -runs=$(FUZZ_RUNS) -max_len=640 -artifact_prefix=.cache/

bench: $(BENCHED) ## measure each stage and whole runs beside bare JSON decode, some minutes
	@$(BENCH)

bench-quick: $(BENCHED) ## the same of smaller inputs, under a minute
	@$(BENCH) --quick

bench-keep: $(BENCHED) ## measure and keep it as this version's: bench/results, docs/speed.md
	@$(BENCH) --keep

bench-growth: $(BENCHED) ## measure and draw what a connection costs as traffic grows
	@$(BIN)/python -m bench.growth --largest $(LARGEST)

bench-caps: $(DEV) ## fill a million hosts and ten million pairs, four gigabytes, and see that no table grows past its limit
	@$(BIN)/python -m bench.caps --hosts 1000000 --pairs 10000000 --lives 4000000 --novelties 20000000 --ticks 300

live: $(DEV) ## play the sample into `netheed run` by a fake Zeek, timing verdicts, and by a real Suricata
	@$(BIN)/python -m bench.live
	@.ci/suricata >/dev/null && .ci/redis >/dev/null
	$(BIN)/python -m bench.replay

live-suricata: $(DEV) ## attack toys in front of a real Suricata, and time the notices; write docs/live.md, 5 minutes
	@.ci/suricata >/dev/null
	$(BIN)/python -m bench.live_suricata --windows $(WINDOWS) --shared "$(NETHEED_SHARED)" --output docs/live.md

hour: $(DEV) ## write to an eve.json for an hour and watch netheed follow it; write docs/load.md
	$(BIN)/python -m bench.hour --minutes $(MINUTES) --output docs/load.md

crashes: $(DEV) ## kill a running netheed 200 times and compare it with one left alone
	@$(BIN)/python -m bench.crashes --times 200

faults: $(DEV) ## break everything around a running netheed; write docs/faults.md and the one for Suricata
	@mkdir -p .cache
	$(BIN)/python -m bench.faults > .cache/faults.md
	mv .cache/faults.md docs/faults.md
	@.ci/suricata >/dev/null
	$(BIN)/python -m bench.suricata_faults > .cache/suricata-faults.md
	mv .cache/suricata-faults.md docs/suricata-faults.md

sample: $(DEV) ## make the bundled sample again, with a real Suricata
	mkdir -p .cache/sample
	$(BIN)/python -m sample.generate --output sample --capture .cache/sample/sample.pcap --suricata

train: $(DEV) ## train the shipped model again from the recordings below NETHEED_SHARED
	$(BIN)/netheed train "$(NETHEED_SHARED)/data" --output models/default \
		--cache .cache/train --report docs/evaluation --commit "$$(git rev-parse --short HEAD)"

card: $(DEV) ## let the card of the shipped model quote docs/evaluation as it is now
	$(BIN)/python -m bench.card models/default --report docs/evaluation

evaluate: $(DEV) ## compare the detector with all baselines, in docs/evaluation; what is there and still holds is kept
	$(BIN)/netheed evaluate "$(NETHEED_SHARED)/data" --output docs/evaluation

evaluate-quick: $(DEV) ## judge the detector in minutes, in .cache/report/quick.md
	$(BIN)/netheed evaluate "$(NETHEED_SHARED)/data" --quick --output .cache/report

ablations: $(DEV) ## tell what each group of features is worth, in .cache/report/ablations.md
	$(BIN)/netheed evaluate "$(NETHEED_SHARED)/data" --ablations --output .cache/report

sources: $(DEV) ## tell what is noticed in each recording below NETHEED_SHARED
	@.ci/suricata >/dev/null
	$(BIN)/python -m bench.sources --shared "$(NETHEED_SHARED)" --output docs/sources.md

features: $(DEV) ## write docs/features.md: what each number of a vector is
	$(BIN)/python -m bench.features > docs/features.md

outputs: $(DEV) ## write all notices and scored windows to .cache/outputs, to compare revisions
	$(BIN)/python -m bench.outputs --shared "$(NETHEED_SHARED)" --output .cache/outputs

agreement: $(DEV) ## tell how near the features of both sensors are
	@.ci/suricata >/dev/null
	$(BIN)/python -m bench.agreement --shared "$(NETHEED_SHARED)"

two-sensors: $(DEV) ## tell what counts when Zeek and Suricata see one network, and what it costs
	$(BIN)/python -m bench.two_sensors --shared "$(NETHEED_SHARED)"

overload: $(DEV) ## write more than a running netheed can take in; write docs/overload.md
	$(BIN)/python -m bench.sampled --output docs/overload.md
	$(BIN)/python -m bench.overload --output docs/overload.md

graph: $(DEV) ## print which room imports which
	@$(BIN)/python -m bench.graph

rules: ## pack the Suricata rules that alert into dist/, for suricata-update
	@mkdir -p "$(DIST)"
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C suricata_rules -cf - netheed.rules \
		| gzip -n9 > "$(DIST)/netheed.rules.tar.gz"

package: $(RUN) ## build the wheel into dist/
	rm -rf build
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

deb: $(RUN) ## build the package for Debian 12 into dist/
	packaging/deb/build $(BIN)/python dist

clean: ## remove everything that make made
	rm -rf .venv .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache build dist plugin/netheed.egg-info

$(RUN): setup.cfg pyproject.toml
	@test -e $@ || { echo "Making .venv ..."; $(PYTHON) .ci/make_venv.py .venv; }
	@echo "Installing netheed into .venv ..."
	@$(PIP) --editable .
	@touch $@

$(DEV): $(RUN)
	@echo "Installing the laboratory and the tools into .venv ..."
	@$(PIP) --no-deps $(TORCH) 2>/dev/null \
		|| $(PIP) --no-deps --retries 1 --index-url $(TORCH_INDEX) $(TORCH) 2>/dev/null \
		|| echo "No small build of PyTorch for this machine; taking the common one."
	@$(PIP) --editable '.[train,dev]'
	@touch $@

$(FUZZED): $(DEV)
	@$(PIP) --editable '.[fuzz]'
	@touch $@

$(BENCHED): $(DEV)
	@$(PIP) --editable '.[bench]'
	@touch $@
