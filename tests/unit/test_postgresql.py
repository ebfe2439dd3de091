"""The ledger on PostgreSQL, by one setting: a server of Debian's is started for the tests and thrown away.

What the database itself refuses is tried as the role that the pages sign in with, which owns nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.crash.test_at_the_same_time import LOOK, SUBMIT_FIVE, ready, start
from tests.support import patience
from tests.support.samples import ROOT

pytestmark = pytest.mark.postgresql


def server_programs() -> Path:
    """Where the newest installed server's programs lie; the test skips where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.skip("no PostgreSQL server program on this machine (Debian: apt install postgresql)")
    return found[-1].parent


def as_server_user() -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    if os.geteuid() != 0:
        return []
    with contextlib.suppress(KeyError):
        pwd.getpwnam("postgres")
        return ["runuser", "-u", "postgres", "--"]
    pytest.skip("running as root and there is no user postgres to run the server as")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    programs, prefix = server_programs(), as_server_user()
    # A socket's path may have 107 bytes only, so the folder is made where paths are short.
    made = subprocess.run([*prefix, "mktemp", "-d", "-t", "sightline-pg-XXXXXX"], check=True, capture_output=True, text=True)
    folder = Path(made.stdout.strip())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -p {port} -c fsync=off"
    control = [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w", "-o", options, "-l", str(folder / "log")]

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")

    run(str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "sightline", "--data-checksums")
    try:
        run(*control, "start")
        yield f"postgresql://sightline@127.0.0.1:{port}/postgres"
    finally:
        run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder)


WHOLE_LIFE = """
import json, sys
from datetime import timedelta
from pathlib import Path
from django.db import connection
from sightline.app.as_at import generation_as_at
from sightline.app.publish_generation import publish_generation
from sightline.app.withdraw_return import withdraw_return
from sightline.engine.duckdb import DuckDBEngine
from sightline.app.tables import open_tables
from sightline.ledger import audit
from tests.support.partnership import NOW, make_workspace, referral, submit, use_plain_reader
use_plain_reader()
folder, day = Path(sys.argv[1]), timedelta(days=1)
workspace = make_workspace(folder)
first = submit(workspace, folder, referral=[referral("A1")])
again = submit(workspace, folder, referral=[referral("A1")])
one = publish_generation(workspace, by="t", at=NOW)
second = submit(workspace, folder, referral=[referral("A1"), referral("A2")], at=NOW + day)
two = publish_generation(workspace, by="t", at=NOW + day)
same = publish_generation(workspace, by="t", at=NOW + day)
withdraw_return(workspace, return_id=second.return_id, reason="wrong file", by="t", at=NOW + 2 * day)
with DuckDBEngine() as engine:
    open_tables(workspace, two, engine)
    rows = engine.query("select count(*) as rows from referral").to_pylist()[0]["rows"]
print(json.dumps({
    "vendor": connection.vendor,
    "same": again.already_had and again.return_id == first.return_id,
    "generations": [one.number, two.number, same.number, same.is_new],
    "rows": rows,
    "as_at": [list(generation_as_at(workspace, NOW + n * day).generation.return_ids) for n in (0, 1, 2)],
    "expected": [[first.return_id], [second.return_id], []],
    "events": audit.verify(),
    "no_sqlite": not (workspace.root / "ledger.sqlite3").exists(),
}))
"""


def run(script: str, url: str, *arguments: object) -> dict[str, Any]:
    """What a script says of a ledger on the server, as JSON."""
    environment = {**os.environ, "SIGHTLINE_DATABASE_URL": url}
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_a_return_lives_its_whole_life_on_postgresql(server, tmp_path):
    facts = run(WHOLE_LIFE, server, tmp_path)

    assert facts["vendor"] == "postgresql"
    assert facts["same"]
    assert facts["generations"] == [1, 2, 2, False]
    assert facts["rows"] == 2
    assert facts["as_at"] == facts["expected"]
    assert facts["events"] == 10
    assert facts["no_sqlite"]


MAKE = """
import json, sys
from pathlib import Path
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from sightline.app.database import prepare_server, signed_in_as
from tests.support.outputs import with_release
from tests.support.partnership import make_workspace, referral, submit, use_plain_reader
folder = Path(sys.argv[1])
with pytest.MonkeyPatch.context() as patch:
    use_plain_reader(patch.setattr)
    workspace = make_workspace(folder)
    sent = [submit(workspace, folder / "in", referral=[referral("A1")])]
    sent += [submit(workspace, folder / "in", agency="police", dataset="police", referral=[referral("P1")])]
with_release(workspace, returns=tuple(each.return_id for each in sent))
for role, agency in (("agency_data_officer", "police"), ("elected_member", "")):
    get_user_model().objects.create_user(role, role=role, agency=agency)
made = prepare_server()
again = prepare_server()
with connection.cursor() as cursor:
    cursor.execute("create role web login in role sightline_app")
print(json.dumps({"same": made == again, "owner": signed_in_as(), "root": str(workspace.root),
    "returns": ",".join(each.return_id for each in sent)}))
"""

TRY = """
import json, sys
from pathlib import Path
from django.db import DatabaseError, connection, transaction
from sightline.app.database import migrate
from sightline.app.doctor import _server
from sightline.app.erase import returns_of_agency
from sightline.app.start import open_workspace
from sightline.errors import EnvironmentProblem
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, ReturnObject, ReturnVersion
from sightline.ledger.scope import EVERYTHING, NOTHING, let_process_see, page_of, whole_partnership
from tests.support.partnership import NOW
open_workspace(Path(sys.argv[1]))
seen = {}

def look(name):
    agencies = sorted(set(ReturnVersion.objects.values_list("agency", flat=True)))
    parts = sorted(set(ReturnObject.objects.values_list("return_version__agency", flat=True)))
    seen[name] = [agencies, parts, ReturnObject.objects.count() > 0]

look("a command")
let_process_see(NOTHING)
look("nothing was said")
for agency in ("police", EVERYTHING, "education"):
    with page_of(agency):
        look(f"page of {agency}")
with page_of("police"):
    with whole_partnership():
        look("within, for the partnership")
    look("after it")
look("after the page")

with page_of("police"):  # what decides over all rows is not misled by what the page cannot see
    seen["all are of the police"] = returns_of_agency(sys.argv[2].split(","), "police")

def refused(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('sightline.agency', 'police', true)")
            cursor.execute(statement)
            return [str(cursor.rowcount)]
    except DatabaseError as problem:
        return problem.__cause__.sqlstate

with audit.writing():
    audit.record("step", "thing", by="web", at=NOW)
csc = "select * from ledger_returnversion"
tried = {statement: refused(statement) for statement in (
    "update ledger_auditevent set actor = 'x'",
    "delete from ledger_auditevent",
    "truncate ledger_auditevent",
    "delete from ledger_audithead",
    "update ledger_returnobject set rows = 0",
    "delete from ledger_returnversion",
    "update ledger_returnversion set agency = 'csc' where agency = 'police'",
    "update ledger_returnversion set reason = 'x' where agency = 'csc'",
    "alter table ledger_returnversion disable row level security",
    "drop policy of_agency on ledger_returnversion",
    "drop trigger audit_event_stay on ledger_auditevent",
    "alter table ledger_auditevent disable trigger all",
    "set local role sightline",
    "set local row_security = off; select * from ledger_returnversion",
    "create table ours (n int)",
    "alter role web bypassrls",
)}
try:
    migrate()
except EnvironmentProblem as problem:
    seen["bringing tables up to date"] = problem.message
events = audit.verify() == AuditEvent.objects.count()
print(json.dumps({"seen": seen, "tried": tried, "events": events, "doctor": [each.as_dict() for each in _server()]}))
"""

PAGES = """
import hashlib, json, re, sys
from pathlib import Path
from django.contrib.auth import get_user_model
from django.test import Client
from sightline.app.start import open_workspace
from sightline.ledger.scope import NOTHING, let_process_see
from sightline.web.release_source import WorkspaceSource, using
from tests.support.sessions import open_session
from tests.web.test_permissions import ADDRESSES
from tests.web.test_the_server_cannot_reach_cells import WORKING_PAGES
told = {"audit", "uses", "processing_file"}  # of the reading itself, or of the moment
open_workspace(Path(sys.argv[1]))
let_process_see(NOTHING)
found = {}
with using(WorkspaceSource(Path(sys.argv[1]))):
    for user in get_user_model().objects.order_by("username"):
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        open_session(client, user)
        for name in sorted({"overview", "purpose", *WORKING_PAGES} & set(ADDRESSES) - told):
            answer = client.get(ADDRESSES[name])
            body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", b"".join(answer) if answer.streaming else answer.content)
            found[f"{user.username} {name}"] = [answer.status_code, hashlib.sha256(body).hexdigest()]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def guarded(server, tmp_path_factory) -> tuple[str, str, str, str]:
    """A ledger with two agencies' returns and a release, whose server was prepared: the owner's address, the pages' own, the
    folder, and the returns."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database guarded")
    owner = server.replace("/postgres", "/guarded")
    made = run(MAKE, owner, tmp_path_factory.mktemp("guarded"))
    assert made["same"]
    assert made["owner"] == ["sightline", False]
    return owner, owner.replace("sightline@", "web@"), made["root"], made["returns"]


def test_rows_of_an_agency_are_seen_by_its_own_pages_only_and_facts_cannot_be_bent(guarded):
    _, web, root, returns = guarded

    said = run(TRY, web, root, returns)

    nothing, police, everybody = [[], [], False], [["police"], ["police"], True], [["csc", "police"], ["csc", "police"], True]
    assert said["seen"] == {
        "a command": everybody,
        "nothing was said": nothing,
        "page of police": police,
        "page of *": everybody,
        "page of education": nothing,
        "within, for the partnership": everybody,
        "after it": police,
        "after the page": nothing,
        "all are of the police": False,
        "bringing tables up to date": "The ledger's tables have to be brought up to date, and this role does not own them.",
    }
    not_allowed = "42501"
    assert said["tried"].pop("update ledger_returnversion set reason = 'x' where agency = 'csc'") == ["0"]
    assert set(said["tried"].values()) == {not_allowed}, said["tried"]
    assert said["events"]
    bound, checksums = said["doctor"]
    assert (bound["verdict"], bound["found"]) == ("fine", "signed in as web, whom the database's rules bind.")
    assert (checksums["what"], checksums["verdict"]) == ("Page checksums", "fine")


def test_every_page_is_the_same_under_the_databases_rules_as_without_them(guarded):
    owner, web, root, _ = guarded

    without, under = run(PAGES, owner, root), run(PAGES, web, root)

    assert {status for status, _ in without.values()} <= {200, 302, 403, 404}
    assert {name: (without[name], answer) for name, answer in under.items() if answer != without[name]} == {}


def test_several_hand_in_at_once_as_the_role_that_owns_nothing(guarded, tmp_path, monkeypatch):
    """Last, as it adds returns to the ledger that the tests above look at."""
    _, web, root, returns = guarded
    monkeypatch.setenv("SIGHTLINE_DATABASE_URL", web)
    senders = [("one", "csc", "annex_a"), ("two", "csc", "annex_a"), ("three", "police", "police")]
    sending = [ready(start(SUBMIT_FIVE, root, str(tmp_path), *sender)) for sender in senders]
    done = [process.communicate("go\n", timeout=patience.SECONDS) for process in sending]

    assert [process.returncode for process in sending] == [0, 0, 0], done
    one, two, other = (json.loads(output) for output, _ in done)
    assert [had for _, had in other] == [False] * 5
    assert [had_one != had_two for (_, had_one), (_, had_two) in zip(one, two, strict=True)] == [True] * 5
    looked = start(LOOK, root).communicate(timeout=patience.SECONDS)
    assert json.loads(looked[0]) == [len(returns.split(",")) + 10, True, 10], looked
