"""The house itself: every column has a privacy class, every error an id of its own, no stray hosts or machine paths, no long modules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import sightline
from sightline.errors import SightlineError
from sightline.model.entities import ENTITIES, LINEAGE, Privacy
from sightline.model.identified import IDENTITY_RECORD

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sightline"


def tracked_files(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def text_files() -> Iterator[tuple[Path, str]]:
    for path in tracked_files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.fixture(scope="module")
def is_checkout() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")


def test_every_column_of_the_common_model_has_a_privacy_class_and_says_what_it_holds() -> None:
    for entity in (IDENTITY_RECORD, *ENTITIES.values()):
        for column in (*entity.columns, *LINEAGE):
            assert isinstance(column.privacy, Privacy), f"{entity.name}.{column.name}"
            assert column.holds, f"{entity.name}.{column.name}"


def test_only_the_identity_record_has_identifying_columns() -> None:
    leaks = [
        f"{entity.name}.{column.name}" for entity in ENTITIES.values() for column in entity.columns if column.privacy is Privacy.IDENTIFIED
    ]
    assert leaks == []
    assert any(column.privacy is Privacy.IDENTIFIED for column in IDENTITY_RECORD.columns)


def test_every_entity_has_its_key_among_its_columns() -> None:
    for entity in (IDENTITY_RECORD, *ENTITIES.values()):
        names = {column.name for column in entity.columns} | {"local_id"}
        assert entity.id_column in names
        assert set(entity.key) <= names, entity.name
        assert ("identity_id" in names) is entity.about_person, entity.name


def every_error() -> list[type[SightlineError]]:
    for module in walk_packages(sightline.__path__, "sightline."):
        if not re.search(r"\.(migrations|wsgi|settings|urls)(\.|$)", module.name) and ".management" not in module.name:
            import_module(module.name)

    def below(kind: type[SightlineError]) -> Iterator[type[SightlineError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return [SightlineError, *below(SightlineError)]


def test_every_error_has_a_stable_id_of_its_own_and_a_hint() -> None:
    seen: dict[str, type[SightlineError]] = {}
    for kind in every_error():
        code = kind.__dict__.get("code")
        assert code is not None, f"{kind.__name__} has no id of its own"
        assert re.fullmatch(r"SL-[A-Z]{3}-\d{3}", code), code
        assert code not in seen, f"{code} is {kind.__name__} and {seen[code].__name__}"
        assert kind.hint, kind.__name__
        seen[code] = kind


def test_the_generated_reference_pages_are_up_to_date() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "docs" / "reference" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.usefixtures("is_checkout")
def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|debian\.org/debian")
    home = re.compile(r"/(?:root|home)/[a-z]")
    found = [
        path.relative_to(ROOT)
        for path, text in text_files()
        # The lock file is uv's own and names where each package came from; a test names what it looks for.
        if path.name not in {"uv.lock", Path(__file__).name} and "static" not in path.parts and (hosts.search(text) or home.search(text))
    ]
    assert found == []


@pytest.mark.usefixtures("is_checkout")
def test_no_module_has_grown_beyond_what_a_newcomer_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked_files("src/*.py")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 450
    }
    assert long == {}


@pytest.mark.usefixtures("is_checkout")
def test_no_file_is_too_large_to_review() -> None:
    large = [str(path.relative_to(ROOT)) for path in tracked_files() if path.stat().st_size > 1_500_000 and path.name != "uv.lock"]
    assert large == []


def test_imports_inside_functions_carry_their_reason() -> None:
    unexplained = []
    for path in SOURCE.rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [child for child in ast.walk(node) if isinstance(child, ast.Import | ast.ImportFrom)]
                if inner and not any("#" in lines[line - 1] for child in inner for line in (child.lineno - 1, child.lineno)):
                    unexplained.append(f"{path.relative_to(ROOT)}:{inner[0].lineno}")
    assert unexplained == []


BLAME = re.compile(
    r"\b(?:child|young|juvenile|youth)\s+offenders?\b|put(?:s|ting)? (?:them|him|her)sel(?:f|ves) (?:at|in)"
    r"|plac(?:es?|ing) (?:them|him|her)sel(?:f|ves) (?:at|in)"
    r"|hard[- ]to[- ]reach|child prostitut|promiscuous|lifestyle choice|risk[- ]taking behaviour|attention[- ]seeking",
    re.IGNORECASE,
)


@pytest.mark.usefixtures("is_checkout")
def test_no_word_we_show_blames_a_child() -> None:
    shown = tracked_files("src/sightline/catalogue", "src/sightline/web/templates", "src/sightline/publish", "docs", "README.md")
    found = []
    for path in shown:
        if path.suffix in {".md", ".yml", ".yaml", ".sql", ".html", ".j2", ".jinja", ".py", ".csv", ".typ"}:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                # A sentence that says what we do not say is the exception, and says so in quotation marks.
                if (match := BLAME.search(line)) and f'"{match[0]}' not in line:
                    found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


@pytest.mark.usefixtures("is_checkout")
def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in tracked_files("*.md"):
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_the_readme_gives_exactly_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_screen = readme.split("\n## ", 2)
    commands = re.findall(r"^(make [a-z]+)", "\n".join(first_screen[:2]), re.MULTILINE)
    assert commands == ["make demo", "make test"]
