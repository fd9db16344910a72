# totpkey: everything a developer does, one target each. `make help` lists those of every day.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A C compiler builds the emulated chip's core. Where the machine has none, one comes with the tools.
COMPILER := $(shell command -v cc || command -v gcc || command -v clang)
SOURCES := firmware host readers virtual extensions tests tools benchmarks hardware hatch_build.py conftest.py

# Tests start many processes, which would otherwise compile all modules each time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup drive messages written pictures demo page man demo-page translation test test-all test-rest test-whole starts check format bench decades mutants life planted fuzz judges codes heap cuts chip-image admit admit-all samples windows kernel tvl wheel locks release packages site hardware hardware-checks clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(VENV)/ready ## make the virtual environment with all tools, and the emulated chip quick
	@$(MAKE) --no-print-directory translation

# The tools are those of the lock file. `make setup NEWEST=1` takes the newest ones, to see what they break.
NEWEST ?=

$(VENV)/ready: pyproject.toml hatch_build.py tools/locks/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		$(if $(NEWEST),--group dev,--require-hashes --requirement tools/locks/dev.txt)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --no-build-isolation \
		$(if $(COMPILER),,ziglang)
	@touch $@

drive: $(VENV)/ready ## write build/drive, all of a key's files with their sources, and build/circuitpy to copy by hand
	@$(BIN)/python tools/build_drive.py
	@$(BIN)/python tools/build_catalogues.py
	@$(BIN)/python tools/build_words.py

page: $(VENV)/ready ## write build/page/totpkey.html, the set-up page (where there is npm)
	@$(BIN)/python tools/build_page.py

messages: $(VENV)/ready ## bring the catalogues of translations up to date with the sources
	$(BIN)/python tools/update_messages.py

written: drive # write the parts of documents, and the pictures, that follow from definitions
	$(BIN)/python tools/written_parts.py
	$(BIN)/python tools/light_pictures.py

pictures: drive page # draw the pictures of README and guides once more (needs Chromium)
	$(BIN)/python tools/build_picture.py
	$(BIN)/python tools/page_pictures.py

demo: drive ## watch a simulated key being set up and typing its codes
	@$(BIN)/totpkey demo

man: drive # write build/man, the manual pages of the command
	@$(BIN)/python tools/man_pages.py

demo-page: drive page ## open the set-up page in a browser, with a simulated key in this terminal
	@$(BIN)/totpkey web --simulate

# Which tests, and in how many processes: `make test T=tests/vault K=word JOBS=0`.
T ?=
K ?=
JOBS ?= auto
# How often a test that fails is tried again, as `.ci/run` does.
RERUNS ?=
NONE_COLLECTED = 5
PYTEST = $(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=worksteal --durations=5 --durations-min=5 \
	$(if $(RERUNS),--reruns=$(RERUNS) -rR) $(if $(K),-k '$(K)') $(T)

translation: drive # make the emulated chip quick for the images at hand (10 s, once)
	@$(BIN)/python -m tests.translate

test: drive page translation ## run the quick tests; T=tests/vault K=word narrows it
	$(PYTEST) --part=quick

# Of the tests that nothing else may run beside: `alone` is all of them, `sample` what `.ci/run` has time for.
ALONE ?= alone

# One share of the rest, as `.ci/run` takes it: `make test-rest SHARE=2/5`.
SHARE ?=

test-all: ## run `make test`, what it leaves out, and other ways to start them
	@begun=$$(date +%s); $(MAKE) --no-print-directory test test-rest starts && \
		echo "make test-all: $$(($$(date +%s) - begun)) s"

# What a key does all day, once more with a secure element beside it.
WITH_ELEMENT = $(addprefix tests/,accounts boards clock codes faults locks setup typing)

test-rest: drive page translation # run what `make test` leaves out
	$(PYTEST) --part=rest $(if $(SHARE),--share=$(SHARE))
	$(if $(T)$(K),,$(PYTEST) --part=quick --element -m 'not chip' $(WITH_ELEMENT))
	$(PYTEST) --part=$(ALONE) --numprocesses=0 || [ $$? = $(NONE_COLLECTED) ]

test-whole: drive translation # run the cases of long series that test-all leaves out (long)
	$(PYTEST) --part=whole

starts: drive page translation # start a part of the tests in ten ways: without a terminal, in another language, …
	$(BIN)/python -m tests.starts

check: drive ## check format, lint, types and licences (of the page where there is npm)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy host readers virtual firmware/lib firmware/boot.py firmware/start.py firmware/safemode.py tools hatch_build.py conftest.py tests benchmarks hardware extensions
	$(BIN)/mypy --platform win32 --follow-imports silent host/totpkey readers/src/totpkey_readers
	$(BIN)/mypy --platform darwin host readers/src virtual/src
	$(BIN)/mypy firmware/code.py
	$(BIN)/mypy firmware/code-b.py
	$(BIN)/reuse lint --lines
	@$(BIN)/python tools/page_packages.py

format: $(VENV)/ready ## bring the sources into their format
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/python tools/page_packages.py --write

bench: drive translation ## measure the key in device time, keys without hardware, and the command's start-up
	PYTHONPATH=tools $(BIN)/python -m benchmarks

# How many sticks of each kind `make decades` gives five years.
DECADES ?= 400

decades: translation # give 400 sticks of each kind five years, for the percentiles in docs/reference/clock-models.md
	PYTHONPATH=tools $(BIN)/python -m benchmarks.decades $(DECADES) --write

# Of the code itself: each 20th mutant of a part of the firmware, `make mutants AREA=clock EVERY=20`, or others
# of them, `FIRST=7`; those of a file of the page's rules, `make mutants RULES=setup_key`, or of several,
# `RULES="setup_key bytes"`.
AREA ?=
EVERY ?= 1
FIRST ?= 0
RULES ?=

mutants: drive ## weaken each rule that keeps programs out, and see that a test notices (long)
	$(BIN)/python -m tests.mutants$(if $(RULES),.page $(RULES)) $(if $(AREA),--code $(AREA) --every $(EVERY) --first $(FIRST))

# A life of this seed, or new ones on all cores: `make life SEED=7 YEARS=20 SHRINK=1`, `make life YEARS=1000`.
SEED ?=
YEARS ?= 10
SHRINK ?=

life: drive ## play whole lives of keys in which everything happens at once (docs/concepts/life.md)
	$(BIN)/python -m tests.life $(if $(SEED),--seed $(SEED)) --years $(YEARS) $(if $(SHRINK),--shrink)

planted: drive # plant bugs in the firmware, and see that lives notice them (long)
	$(BIN)/python -m tests.life.plant

# How long each target is fuzzed, in seconds: `make fuzz FOR=600 TARGET=imports`.
FOR ?= 60
TARGET ?=

judges: $(VENV)/ready ## install programs of others that judge ours in the tests (docs/reference/judges.md)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary=:all: --group judges

fuzz: judges drive # look for input that a reader fails on: files, codes, backups, images, drives, requests
	$(BIN)/python -m tests.fuzz.fuzzing --seconds $(FOR) $(TARGET)

# How many codes are typed into each: `make codes CODES=100`.
CODES ?= 1000

codes: drive translation # type 1000 codes each at a console, in UEFI's shell, under X11 and Wayland (long)
	TOTPKEY_CODES=$(CODES) $(PYTEST) --numprocesses=0 $(addsuffix /test_many_codes.py,tests/kernel tests/layouts) \
		tests/kernel/test_firmware_hosts.py tests/kernel/test_wayland.py

# How many commands each of eight keys gets: `make heap COMMANDS=100`.
COMMANDS ?= 1250

heap: drive translation # give 10 000 commands at random to keys on the emulated chip, and watch setup's heap (long)
	TOTPKEY_COMMANDS=$(COMMANDS) $(PYTEST) tests/faults/test_heap.py -k many_commands

cuts: drive translation # cut the power at every flash operation of every change, on simulator and chip (long)
	TOTPKEY_CUTS=all $(PYTEST) tests/cuts
	TOTPKEY_CUTS=all $(PYTEST) tests/install/test_update.py -k cuts

# Another version than the pinned one: `make chip-image VERSION=10.3.0`. It is only put aside for `make admit`.
VERSION ?=

chip-image: $(VENV)/ready ## download the CircuitPython image that the chip tests run on; VERSION=10.3.0 takes another
	$(BIN)/python tools/chip_image.py $(VERSION)

# Its doors, the tests of the seal, and the quick tests on the chip. docs/concepts/sealed-image.md says more.
admit: drive # judge another CircuitPython image before keys run it, and write its row of the table: IMAGE=path
	TOTPKEY_UF2=$(IMAGE) $(BIN)/python -m tests.translate
	$(BIN)/python -m tests.sealing.admit $(IMAGE)
	TOTPKEY_UF2=$(IMAGE) $(PYTEST) tests/sealing
	TOTPKEY_UF2=$(IMAGE) $(PYTEST) --part=quick -m chip
	$(BIN)/python -m tests.sealing.admit $(IMAGE) --write

admit-all: drive # fetch CircuitPython for every board, and judge each: VERSION=10.3.1
	@failed=0; for board in $$($(BIN)/python -c 'from totpkey_protocol.boards import BOARDS; print(*BOARDS)'); do \
		image=$$($(BIN)/python tools/chip_image.py "$(VERSION)" $$board | tail -1) && \
		$(MAKE) admit IMAGE="$$image" || { echo "not admitted: $$board"; failed=1; }; done; exit $$failed

# Local copies of the repositories serve where they are at hand: TOTPKEY_MIRRORS='FOLDER/{owner}+{name}'.
samples: $(VENV)/ready ## fetch other projects' exports and pictures, by which the tests judge the readers
	$(BIN)/python tools/fetch_samples.py $(if $(TOTPKEY_MIRRORS),--from '$(TOTPKEY_MIRRORS)')

windows: $(VENV)/ready # set up Python for Windows under Wine, for the tests that run there
	$(BIN)/python tools/windows_python.py

kernel: $(VENV)/ready # set up a Linux guest for QEMU, for the tests that run a real kernel
	$(BIN)/python tools/linux_guest.py

# A checkout of the model serves where the network does not: `make tvl TVL=path`.
TVL ?= git+https://github.com/tropicsquare/ts-tvl

tvl: # set up the vendor's model of the secure element, for the tests that drive it; TVL=path takes a checkout
	$(PYTHON) -m venv build/tvl
	build/tvl/bin/python -m pip install --quiet --disable-pip-version-check $(TVL)

wheel: drive # build the wheel and the source archive into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

locks: $(VENV)/ready # bring tools/locks, what releases are built with, to the newest versions allowed
	@$(BIN)/python tools/lock_files.py

# A release is built with the very packages that the lock file names by hash, in an environment of its own.
RELEASE_VENV := build/release-venv
RELEASE_LOCK := tools/locks/release.txt

$(RELEASE_VENV)/ready: $(RELEASE_LOCK)
	$(PYTHON) -m venv --clear $(RELEASE_VENV)
	$(RELEASE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
		--requirement $(RELEASE_LOCK)
	@touch $@

# `make release TRIAL=1` goes without what cannot be had here. Nobody may sign that.
release: $(RELEASE_VENV)/ready ## build all of a release into dist/, from a clean checkout of the present commit
	@PYTHONPATH=host:firmware/lib:readers/src:virtual/src $(RELEASE_VENV)/bin/python tools/release.py $(if $(TRIAL),--trial)

packages: $(RELEASE_VENV)/ready # write build/packages from the release in dist/: deb, PKGBUILD, Nix, Homebrew, winget, scoop
	@PYTHONPATH=host:firmware/lib:readers/src:virtual/src $(RELEASE_VENV)/bin/python tools/make_packages.py

# The site's generator is nothing that a developer of the key needs, so it has an environment of its own.
SITE_VENV := build/site-venv

$(SITE_VENV)/ready: tools/locks/site.txt
	$(PYTHON) -m venv --clear $(SITE_VENV)
	$(SITE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
		--requirement tools/locks/site.txt
	@touch $@

site: drive $(SITE_VENV)/ready ## write build/site: documents, set-up page, downloads, in both languages
	@$(BIN)/python tools/build_site.py

# The libraries for drawings and solids are large, so they have an environment of their own.
HARDWARE_VENV ?= build/hardware-venv
HARDWARE := $(HARDWARE_VENV)/bin/python

$(HARDWARE_VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(HARDWARE_VENV)
	$(HARDWARE) -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(HARDWARE) -m pip install --quiet --disable-pip-version-check --group hardware
	@touch $@

# KiKit makes the panel, InteractiveHtmlBom the page of parts. Both run in the Python that has KiCad's modules.
PANEL_VENV ?= build/panel-venv
KICAD_PYTHON ?= /usr/bin/python3

$(PANEL_VENV)/ready:
	$(KICAD_PYTHON) -m venv --system-site-packages $(PANEL_VENV)
	$(PANEL_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'kikit>=1.8,<2' \
		'InteractiveHtmlBom>=2.9,<3'
	@touch $@

hardware: $(HARDWARE_VENV)/ready ## check the board, and build gerbers, parts lists, case and drawings (needs KiCad 9, graphviz; ngspice if there)
	-@$(MAKE) --no-print-directory $(PANEL_VENV)/ready
	$(HARDWARE) -m hardware build/hardware
	$(HARDWARE) -m pytest -q --noconftest \
		tests/hardware/test_cases.py::test_no_shipped_wall_is_thinner_than_the_page_says \
		tests/hardware/test_cases.py::test_the_icon_is_as_large_as_the_rule_asks \
		tests/hardware/test_cases.py::test_the_page_of_tests_says_what_is_computed

hardware-checks: $(HARDWARE_VENV)/ready # see that each check of a case finds what it should: builds the cases again and again (long)
	$(HARDWARE) -m pytest -q --noconftest tests/hardware/test_cases.py

clean: # remove everything that was built
	rm -rf build dist $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
