# Two commands for a newcomer: `make demo` and `make test`. Everything else is for people who work on Sightline.
CHILDREN ?= 50000
SERVE ?= 1
PORT ?= 8000
TABLES ?= 500
BILL ?= dist/bill-of-materials.json
UV_VERSION := 0.13.8
UV := .tools/bin/uv
export UV_PYTHON_DOWNLOADS := never
# The same text encoding everywhere: a bare machine often has no locale set.
export PYTHONUTF8 := 1
# Every command starts some two seconds sooner when Python may keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test random-tables every-step covered mutants check bench bench-linkage bill-of-materials wheel clean help

demo: $(UV) ## install, build an invented partnership, run the main job, serve the pages (SERVE=0 stops before; CHILDREN=, PORT=)
	$(UV) sync --frozen --no-dev --inexact
	.venv/bin/sightline demo --children $(CHILDREN) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

test: $(UV) ## install what tests need and pass them all
	$(UV) lock --check
	$(UV) sync --frozen
	$(MAKE) --no-print-directory check
	.venv/bin/pytest -n 2 --dist loadfile

random-tables: $(UV) ## every night: 500 random tables through all attacks on disclosure control (TABLES=)
	$(UV) sync --frozen
	SIGHTLINE_RANDOM_TABLES=$(TABLES) .venv/bin/pytest -n 2 tests/attacks/test_audited_releases.py tests/attacks/test_controlled_rounding.py tests/properties/test_cubes_suppression.py

# In memory where that can be: a process is killed there as it is on a disk, and nobody waits for one.
every-step: $(UV) ## every night: an accident at every single step of every work, and 2,000 flipped bits (some 70 minutes of a processor)
	$(UV) sync --frozen
	TMPDIR=$(if $(wildcard /dev/shm/.),/dev/shm,$(TMPDIR)) SIGHTLINE_EVERY_STEP=1 SIGHTLINE_FLIPS=1000 \
		.venv/bin/pytest -n 2 --dist worksteal tests/crash

covered: $(UV) ## after the tests in CI: policy, audit and crypto code run through to the last line and branch by its tests, or it fails
	$(UV) sync --frozen
	.venv/bin/python -m tests.support.covered

mutants: $(UV) ## every night: the one decision spoilt in every small way; its tests find nine in ten, or it fails
	$(UV) sync --frozen
	.venv/bin/python -m tests.support.mutants

check: ## style, layers and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/mypy

bench: $(UV) ## time the demo stage by stage at 10,000, 50,000 and 200,000 children
	$(UV) sync --frozen --no-dev --inexact
	.venv/bin/python benchmarks/demo_stages.py

bench-linkage: $(UV) ## measure linkage against recordlinkage's ECM and Splink's own settings, side by side
	$(UV) sync --frozen --inexact --group bench
	.venv/bin/python benchmarks/linkage.py

bill-of-materials: $(UV) ## what an installation is built of, for programs that look for known weaknesses (CycloneDX; BILL= where to)
	mkdir -p $(dir $(BILL))
	$(UV) export --frozen --no-dev --no-emit-project --all-extras --format cyclonedx1.5 --quiet --preview-features sbom-export --output-file $(BILL)

wheel: $(UV) ## build the wheel into dist/
	$(UV) build --wheel --out-dir dist

clean: ## remove what was built or invented here
	rm -rf demo dist .venv .tools

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/'

$(UV):
	python3 -m venv --without-pip .tools
	python3 -m pip --python .tools/bin/python install --quiet --disable-pip-version-check uv==$(UV_VERSION)
