"""What the product is built of can be read by programs that look for known weaknesses, and it is told how soon one is mended."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.repository.test_dangerous_code import REACHES_OUT

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "bin" / "uv"


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """As `make bill-of-materials` writes it."""
    to = tmp_path_factory.mktemp("bill") / "bill.json"
    subprocess.run(["make", "--no-print-directory", "bill-of-materials", f"BILL={to}"], cwd=ROOT, check=True, capture_output=True)
    return json.loads(to.read_text(encoding="utf-8"))


def locked() -> dict[str, str]:
    """Each package of the lock file that comes from a registry, with its version; those of which it has two are left to the bill."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {each["name"]: each["version"] for each in packages if "registry" in each["source"]}


def test_the_bill_of_materials_names_every_library_that_an_installation_has_as_it_is_locked(bill):
    named = {each["name"]: each for each in bill["components"]}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert {"django", "cryptography", "duckdb", "lxml", "django-allauth"} <= named.keys()
    assert {name for name, each in named.items() if locked().get(name) != each["version"]} == set()
    assert all(each["purl"] == f"pkg:pypi/{name}@{each['version']}" for name, each in named.items() if ";" not in each["purl"])
    assert not {"pytest", "ruff", "playwright"} & named.keys(), "what only developers have is none of it"


def test_every_library_that_code_of_ours_asks_for_is_in_the_bill(bill):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[\[>=<]", each)[0] for each in project["dependencies"]}

    assert asked - {each["name"] for each in bill["components"]} == set()


def test_every_file_of_a_package_is_locked_by_its_hash():
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    files = [file for each in packages for file in [*each.get("wheels", ()), *([each["sdist"]] if "sdist" in each else [])]]

    assert len(files) > 500
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)


def test_how_soon_a_known_weakness_is_mended_is_said_for_each_severity():
    told = dict(re.findall(r"^\| (\w+) \| (\d+) days? \|", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert list(told) == ["critical", "high", "medium", "low"]
    days = [int(each) for each in told.values()]
    assert days == sorted(days)
    assert days[1] <= 14


def test_every_key_of_a_workspace_is_told_with_its_method_and_every_way_out_to_another_machine_too(tmp_path):
    told = (ROOT / "docs" / "security" / "README.md").read_text(encoding="utf-8")
    make = "import sys; from pathlib import Path; from tests.support.partnership import make_workspace, NOW;"
    make += "from sightline.app.encrypt_workspace import encrypt_workspace;"
    make += "encrypt_workspace(make_workspace(Path(sys.argv[1])), key_file=None, by='t', at=NOW)"
    subprocess.run([sys.executable, "-c", make, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)

    keys = {path.name for path in (tmp_path / "workspace" / "keys").iterdir()}
    assert {"identity", "session", "naming", "ledger"} <= keys
    assert {name for name in keys if f"| `keys/{name}`" not in told} == set()
    assert all(f"`sightline {command}`" in told for command in ("attack", "serve"))
    assert set(REACHES_OUT) == {"app/serve.py", "app/released_pages.py"}, "a new one has to be told on that page"
