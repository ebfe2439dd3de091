"""The workspace: made whole or not at all, private, and plain about what is wrong with it."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from sightline.app import database
from sightline.app.settings import database as database_of
from sightline.app.settings import secret_key
from sightline.app.start import create_workspace, open_workspace
from sightline.app.workspace import Workspace
from sightline.errors import CatalogueProblems, EnvironmentProblem, InputRefused, NotFound, Refused
from sightline.ledger.models import AuditEvent
from tests.support import patience
from tests.support.partnership import NOW, make_workspace, write_geography, write_partnership
from tests.support.samples import ROOT


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return write_partnership(tmp_path / "p"), write_geography(tmp_path / "g")


@pytest.mark.django_db
def test_a_workspace_opens_as_it_was_made(tmp_path, folders):
    partnership, geography = folders
    made = create_workspace(tmp_path / "w", partnership=partnership, geography=geography, by="t", at=NOW)
    opened = open_workspace(tmp_path / "w")

    assert opened.identity_key == made.identity_key
    assert len(opened.identity_key) == 32
    assert opened.partnership.agency("police").dataset("police").settles_after == 2
    assert opened.geography.population.to_pylist() == [
        {"ward": "W01", "age_band": "10-12", "sex": "female", "ethnicity": "white", "children": 100}
    ]
    assert opened.geography.postcodes.schema.names == ["postcode", "ward"]
    assert AuditEvent.objects.order_by("seq").first().action == "workspace_created"
    assert (tmp_path / "w").resolve() == settings.WORKSPACE
    assert secret_key(tmp_path / "w") == settings.SECRET_KEY


@pytest.mark.django_db
def test_nobody_else_on_the_machine_can_look_in(tmp_path):
    root = make_workspace(tmp_path).root

    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (root / "keys").iterdir()} == {0o600}


@pytest.mark.django_db
def test_the_key_is_not_in_what_a_traceback_shows(tmp_path):
    workspace = make_workspace(tmp_path)

    assert repr(workspace.identity_key) not in repr(workspace)


@pytest.mark.django_db
def test_two_workspaces_never_share_keys(tmp_path):
    one, two = make_workspace(tmp_path / "one"), make_workspace(tmp_path / "two")

    assert one.identity_key != two.identity_key


@pytest.mark.django_db
def test_the_definitions_and_places_are_the_workspaces_own_copy(tmp_path):
    workspace = make_workspace(tmp_path)
    (tmp_path / "partnership" / "partnership.yml").unlink()
    (tmp_path / "geography" / "wards.csv").unlink()

    assert open_workspace(workspace.root).geography.wards["ward_name"].to_pylist() == ["Harbour", "Dunes"]


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir, Path.touch])
def test_a_folder_that_is_no_workspace_is_said_so(tmp_path, make):
    make(tmp_path / "w")

    with pytest.raises(NotFound, match=r"not a Sightline workspace.*or make one"):
        open_workspace(tmp_path / "w")


@pytest.mark.django_db
def test_a_workspace_is_not_made_twice_or_on_top_of_other_files(tmp_path, folders):
    workspace = make_workspace(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    (tmp_path / "file").touch()

    for root, says in ((workspace.root, "a workspace here already"), (tmp_path / "full", "other files"), (tmp_path / "file", "in the way")):
        with pytest.raises(Refused, match=says):
            Workspace.create(root, *folders)


@pytest.mark.django_db
def test_a_workspace_whose_making_was_cut_short_can_be_made_again(tmp_path, folders, monkeypatch):
    monkeypatch.setattr(database, "migrate", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Workspace.create(tmp_path / "w", *folders)
    monkeypatch.undo()

    with pytest.raises(NotFound):
        open_workspace(tmp_path / "w")
    assert Workspace.create(tmp_path / "w", *folders).identity_key


@pytest.mark.django_db
def test_mistakes_in_what_is_given_leave_no_workspace(tmp_path, folders):
    partnership, geography = folders
    (geography / "population.csv").write_text("ward_code,children\nW01,ten\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="age_band"):
        Workspace.create(tmp_path / "w", partnership, geography)
    (geography / "postcodes.csv").unlink()
    with pytest.raises(NotFound, match=r"postcodes\.csv"):
        Workspace.create(tmp_path / "w", partnership, geography)
    write_partnership(partnership, "id: x\n")
    with pytest.raises(CatalogueProblems):
        Workspace.create(tmp_path / "w", partnership, geography)
    assert not (tmp_path / "w").exists()


@pytest.mark.django_db
def test_a_workspace_of_a_later_version_is_left_alone(tmp_path):
    root = make_workspace(tmp_path).root
    (root / "workspace.json").write_text(json.dumps({"layout": 99, "schema": "x"}), encoding="utf-8")

    with pytest.raises(Refused, match="later version"):
        open_workspace(root)


@pytest.mark.django_db
def test_an_older_ledger_is_brought_up_to_date_when_opened(tmp_path, monkeypatch):
    root = make_workspace(tmp_path).root
    marker = json.loads((root / "workspace.json").read_text(encoding="utf-8"))
    (root / "workspace.json").write_text(json.dumps(marker | {"schema": "ledger.0000"}), encoding="utf-8")
    migrated = []
    monkeypatch.setattr(database, "migrate", lambda: migrated.append(True))

    open_workspace(root)
    open_workspace(root)

    assert migrated == [True]
    assert json.loads((root / "workspace.json").read_text(encoding="utf-8")) == marker


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"layout": "x"}'])
def test_a_damaged_marker_is_said_plainly(tmp_path, content):
    root = make_workspace(tmp_path).root
    (root / "workspace.json").write_text(content, encoding="utf-8")

    with pytest.raises(EnvironmentProblem, match="Restore it"):
        open_workspace(root)


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("not hex", encoding="ascii")])
def test_a_lost_identity_key_is_never_made_anew_in_silence(tmp_path, spoil):
    root = make_workspace(tmp_path).root
    spoil(root / "keys" / "identity")

    with pytest.raises(EnvironmentProblem, match="identity key"):
        open_workspace(root)


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_is_said_so_with_what_to_do(tmp_path, folders, monkeypatch):
    root = make_workspace(tmp_path).root
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(EnvironmentProblem, match=r"cannot be written.*Choose a folder"):
        open_workspace(root)
    monkeypatch.undo()
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(EnvironmentProblem, match=r"Permission denied.*Choose a folder"):
        Workspace.create(tmp_path / "other", *folders)


def test_the_ledger_is_sqlite_with_a_rollback_journal_or_postgresql_by_one_setting(tmp_path):
    sqlite = database_of(None, tmp_path)
    postgresql = database_of("postgresql://sight%40line:p%2Fw@db.example:5433/ledger?sslmode=verify-full", tmp_path)

    assert sqlite["NAME"] == str(tmp_path / "ledger.sqlite3")
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert postgresql["ENGINE"].endswith("postgresql")
    assert postgresql["OPTIONS"] == {"sslmode": "verify-full"}
    assert [postgresql[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "ledger",
        "sight@line",
        "p/w",
        "db.example",
        "5433",
    ]
    assert database_of(None, None)["NAME"] == ":memory:"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)


def imports_in_order(module: str, seen: dict[str, None]) -> dict[str, None]:
    """Our own modules that importing ``module`` first would run, in the order in which they begin."""
    found = importlib.util.find_spec(module)
    if module in seen or found is None or found.origin is None:
        return seen
    seen[module] = None
    for statement in ast.parse(Path(found.origin).read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and statement.module and statement.module.startswith("sightline"):
            for name in (statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)):
                if name.startswith("sightline.") and is_module(name):
                    imports_in_order(name, seen)
    return seen


def is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_a_command_may_begin_with_any_use_case_and_django_is_set_up_by_itself():
    commands = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "sightline" / "cli").glob("*.py"))
    named = {f"sightline.app.{name}" for name in re.findall(r"from sightline\.app\.(\w+) import", commands)}
    begun = {name: list(imports_in_order(name, {})) for name in named if is_module(name)}
    assert len(begun) > 5
    too_early = {
        name
        for name, order in begun.items()
        if "sightline.ledger.models" in order and "sightline.app.database" not in order[: order.index("sightline.ledger.models")]
    }

    assert too_early == set()


TROUBLE = """
import sys
from pathlib import Path
from tests.support.partnership import make_workspace, referral, submit, use_plain_reader
from sightline.app.start import open_workspace
from sightline.errors import EnvironmentProblem
from django.db import connection
use_plain_reader()
folder = Path(sys.argv[1])
workspace = make_workspace(folder)
ledger = workspace.root / "ledger.sqlite3"
sound = ledger.read_bytes()

def told(task):
    connection.close()
    try:
        task()
    except EnvironmentProblem as problem:
        print(problem.message)

def read_only():
    with connection.cursor() as cursor:
        cursor.execute("pragma query_only = on")
    submit(workspace, folder, referral=[referral("A1")])

def full():
    with connection.cursor() as cursor:
        cursor.execute("pragma max_page_count = 1")
    for child in range(400):
        submit(workspace, folder, referral=[referral(f"A{child}")])

told(read_only)
told(full)
print(open_workspace(workspace.root).partnership.id)
ledger.write_bytes(b"this is not a database at all, whatever its name may say" * 99)
told(lambda: open_workspace(workspace.root))
ledger.unlink()
told(lambda: open_workspace(workspace.root))
print(ledger.exists())
"""


def test_a_ledger_that_cannot_be_written_or_read_is_said_plainly_and_never_made_anew(tmp_path):
    done = run(TROUBLE, str(tmp_path))

    assert done.stdout.splitlines() == [
        "The ledger cannot be written: attempt to write a readonly database.",
        "The ledger cannot be written: database or disk is full.",
        "testing",
        "The ledger cannot be read: file is not a database.",
        "The workspace's ledger is missing.",
        "False",
    ], done.stderr


SEPARATE = """
import sys
from pathlib import Path
from tests.support.samples import ROOT
from tests.support.partnership import make_workspace
from sightline.app.start import open_workspace
one, two = (make_workspace(Path(sys.argv[1]) / name) for name in ("one", "two"))
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from sightline.ledger.models import User
User.objects.create(username="second")
with connection.cursor() as cursor:
    modes = [cursor.execute(f"pragma {name}").fetchone()[0] for name in ("synchronous", "journal_mode", "foreign_keys")]
secret = settings.SECRET_KEY
open_workspace(one.root)
print(User.objects.count(), modes, secret != settings.SECRET_KEY)
open_workspace(two.root)
print(User.objects.count(), secret == settings.SECRET_KEY)
"""


def test_one_process_can_move_between_workspaces_and_each_ledger_waits_for_the_disk(tmp_path):
    done = run(SEPARATE, str(tmp_path))

    assert done.stdout.splitlines() == ["0 [2, 'delete', 1] True", "1 True"], done.stderr


@pytest.mark.django_db
def test_the_tables_in_the_ledger_are_those_of_the_models():

    call_command("makemigrations", "--check", "--dry-run", "--skip-checks", verbosity=0)
