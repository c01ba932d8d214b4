#!/usr/bin/env bash
# Run the tests against an installed wheel: copied away from the sources, so that only
# the installed packages can be imported.
set -euo pipefail
python=$(realpath --no-symlinks "$1")
here=$(cd "$(dirname "$0")/.." && pwd)
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
cp -r "$here/tests" "$here/pyproject.toml" "$here/LICENSE" "$away/"
mkdir "$away/products"
cp -r "$here/docs" "$away/"
cp "$here"/products/*.nc "$away/products/" 2>/dev/null || true
cd "$away"
"$python" - <<'PY'
import nusterile, nusterile_data, nusterile_gui
for package in (nusterile, nusterile_data, nusterile_gui):
    assert "site-packages" in package.__file__, f"{package.__file__} is not the wheel's"
PY
# What a wheel might lack, data, templates, entry points, each command and the app need; what they
# compute is that of the sources.
"$python" -m pytest tests/nusterile/test_init.py tests/nusterile/bounds tests/nusterile/experiments/test_experiment.py \
    tests/nusterile/cli tests/nusterile/figures/test_cli_figures.py tests/nusterile/service/test_pages.py \
    tests/nusterile_gui/test_start.py --ignore=tests/nusterile/cli/test_processes.py \
    --ignore=tests/nusterile/cli/test_toys_killed.py -p no:cacheprovider --numprocesses auto --dist worksteal
