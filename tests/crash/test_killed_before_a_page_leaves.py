"""A server that dies while a page is written down leaves an event of a page that nobody got, or neither; never the reverse."""

from __future__ import annotations

import json

import pytest

from tests.crash.test_at_the_same_time import made, start
from tests.support import patience

ASK = """
import os, sys
from pathlib import Path
from sightline.app.start import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
from django.test import Client
from django.test.utils import setup_test_environment
from sightline.ledger.models import Role, User
from sightline.web import audit_reads
from sightline.web.release_source import WorkspaceSource, using
from tests.support.sessions import open_session
setup_test_environment()
client, really = Client(), audit_reads.record_read
open_session(client, User.objects.create(username="officer", role=Role.DATA_PROTECTION_OFFICER))
def record(action, address, **told):
    if sys.argv[2] == "before":
        os._exit(9)
    really(action, address, **told)
    if sys.argv[2] == "after":
        os._exit(9)
audit_reads.record_read = record
with using(WorkspaceSource(workspace.root)):
    print(client.get("/audit").status_code, flush=True)
"""
LOOK = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent
open_workspace(Path(sys.argv[1]))
print(json.dumps([AuditEvent.objects.filter(action="page_read", object="/audit").count(), audit.verify() >= 0]))
"""


@pytest.mark.parametrize(("dies", "sent", "written"), [("before", "", 0), ("after", "", 1), ("never", "200", 1)])
def test_a_page_is_written_down_before_it_leaves_and_a_death_between_leaves_the_event_alone(dies, sent, written, tmp_path):
    root = made(tmp_path)

    out, problems = start(ASK, str(root), dies).communicate(timeout=patience.SECONDS)

    assert out.strip() == sent, problems
    looked, problems = start(LOOK, str(root)).communicate(timeout=patience.SECONDS)
    assert json.loads(looked) == [written, True], problems
