# Everything happens in .venv; `make run` and `make test` set it up by themselves.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run app serve test fuzz test-browser test-screen docs screenshots lint types wheel benchmark measure figures limits clean

help:
	@echo "make run        compute products/reference.nc and print the limits"
	@echo "make app        open the app"
	@echo "make serve      serve the products over HTTP, for this machine"
	@echo "make test       run all tests, on every core"
	@echo "make fuzz       try ten thousand damaged inputs, and as many hostile requests"
	@echo "make test-screen  drive the app with a real mouse in a real window (needs Xvfb, xdotool)"
	@echo "make test-browser  use the pages of the service in a real browser (needs Chromium)"
	@echo "make docs       build the documentation into build/docs, and run its notebooks and blocks of code"
	@echo "make screenshots  make pictures of the app at many sizes, and those of the documentation"
	@echo "make lint       check style, types and the direction of imports"
	@echo "make wheel      build the wheel and run the tests against it"
	@echo "make benchmark  measure the speed, and write what the documentation shows of it"
	@echo "make measure    compute the figures that the documentation shows"
	@echo "make figures    make the pictures of the documentation"
	@echo "make limits     make products/limits.nc, which the repository keeps"

run: .venv/core
	$(BIN)/nusterile build

# The product is made once; opening it takes a second.
app: .venv/gui
	test -f products/reference.nc || $(BIN)/nusterile build
	$(BIN)/nusterile gui products/reference.nc

serve: .venv/serve
	test -f products/reference.nc || $(BIN)/nusterile build
	$(BIN)/nusterile serve products

# Before pytest, whose plugin for Qt fails with many lines where a library is missing.
test: .venv/dev
	$(BIN)/python tests/support/system_libraries.py
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

# The same inputs every time; FUZZ_SEED=1 tries others.
FUZZ_SEED ?= 0
fuzz: .venv/dev
	$(BIN)/python -m pytest tests/fuzz tests/nusterile/service/test_guards.py \
		tests/nusterile/service/test_schema_fuzz.py --numprocesses auto --dist worksteal \
		--fuzz 10000 --fuzz-seed $(FUZZ_SEED)

# Debian and Ubuntu: apt install xvfb xdotool libegl1 libgl1 libdbus-1-3 libfontconfig1
# libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0
test-screen: .venv/dev
	xvfb-run --auto-servernum --server-args="-screen 0 1400x1000x24" \
		$(BIN)/python -m pytest tests/screen --confcutdir=tests/screen -p no:cacheprovider

# Debian and Ubuntu: apt install chromium; CHROMIUM names another one.
test-browser: .venv/dev
	$(BIN)/python -m pytest tests/browser -p no:cacheprovider

# Warnings are errors; what the pages claim to run, runs.
docs: .venv/docs
	rm -rf docs/reference/generated
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --jobs auto -b html docs build/docs
	$(BIN)/python -m pytest tests/docs -p no:cacheprovider --numprocesses auto --dist worksteal
	@echo "open build/docs/index.html"

screenshots: .venv/dev
	$(BIN)/python -m nusterile_gui.screenshots build/screenshots
	cp build/screenshots/*-1280x800-light.png build/screenshots/*-1280x800-dark.png docs/screenshots

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A part of it, as `pytest tests/benchmarks/test_toys_speed.py --measured …`, updates its own rows.
benchmark: .venv/dev
	$(BIN)/python -m pytest tests/benchmarks --measured docs/measured/speed.csv

figures: .venv/dev
	$(BIN)/nusterile figure all -o docs/figures --format png --dpi 100
	$(BIN)/nusterile figure limits --by experiment --dof 1 --width single --dpi 200 \
	    -o docs/figures/limits-by-experiment.png

limits: run
	$(BIN)/nusterile export products/reference.nc --to netcdf-limits -o products/limits.nc

# The figures of the documentation: of accuracy by the tests that hold them to their bars, the
# others by a script.
measure: .venv/dev
	$(BIN)/python -m pytest -p no:cacheprovider --measured docs/measured/accuracy.csv \
		tests/nusterile/physics/test_rates.py tests/nusterile/experiments/test_expectation.py \
		tests/nusterile/model/test_atom.py tests/nusterile/statistics/test_likelihood.py \
		tests/nusterile/statistics/test_solar_pulls.py tests/nusterile/statistics/test_limits.py \
		tests/nusterile/statistics/test_crossing.py tests/nusterile/test_direct_calculation.py
	$(BIN)/python docs/measured/measure.py

# The tests run against the installed wheel, from a folder without the sources.
wheel: .venv/dev
	rm -rf build dist .venv/wheel
	$(BIN)/python -m build --wheel --outdir dist
	$(PYTHON) -m venv .venv/wheel
	.venv/wheel/bin/python -m pip install --quiet "$$(echo dist/*.whl)[gui,export,serve,dev]"
	tests/run_against_wheel.sh .venv/wheel/bin/python

.venv/core: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("nusterile needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + "; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[export]'
	touch $@

.venv/gui: .venv/core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[gui,export]'
	touch $@

.venv/serve: .venv/core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[export,serve]'
	touch $@

.venv/dev: .venv/core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[gui,export,serve,dev]'
	touch .venv/gui .venv/serve $@

.venv/docs: .venv/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[gui,export,serve,dev,docs]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info
