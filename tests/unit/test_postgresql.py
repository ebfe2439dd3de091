"""The ledger on PostgreSQL, by one setting: a server of Debian's is started for the test and thrown away."""

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

import pytest

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


@pytest.fixture
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

    run(str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "sightline")
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


def test_a_return_lives_its_whole_life_on_postgresql(server, tmp_path):
    environment = {**os.environ, "SIGHTLINE_DATABASE_URL": server}
    command = [sys.executable, "-W", "error", "-c", WHOLE_LIFE, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT, timeout=patience.SECONDS)

    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["vendor"] == "postgresql"
    assert facts["same"]
    assert facts["generations"] == [1, 2, 2, False]
    assert facts["rows"] == 2
    assert facts["as_at"] == facts["expected"]
    assert facts["events"] == 10
    assert facts["no_sqlite"]
