"""The web process reaches released figures and nothing else: tried by files it opens, tables it asks for, and by asking outright."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sightline.app.cubes import files_of
from sightline.app.released_figures import NotReleased
from sightline.app.roles import Role
from sightline.app.workspace import Workspace
from sightline.ledger.models import Generation, ReleaseRecord
from sightline.model.releases import release_to_json
from sightline.publish.attachments import WARDS
from sightline.web.permissions import PAGES
from sightline.web.release_source import WorkspaceSource, _read, _read_tables
from tests.support.asked import example_tables
from tests.support.partnership import NOW
from tests.support.releases import example_release
from tests.web.example import ward_outlines
from tests.web.test_permissions import ADDRESSES

WORKING_PAGES = {
    "indicator_made": "names the agencies' columns, which the definitions tell",
    "returns": "the calendar of returns",
    "return_detail": "one dataset's calendar",
    "uses": "which returns a release is made of, and who read it",
    "quarantine": "which agency was set apart, by whom and why",
    "audit": "who read and did what",
    "audit_month": "a month of it",
    "break_glass": "asks for one person's records in an emergency",
    "break_glass_subject": "shows them",
    "break_glass_reviews": "who opened one person's records, and why",
    "not_disclosed": "what officers decided not to disclose",
    "incidents": "what went wrong with data, and what was done",
    "incident": "one such, and whose data it concerns",
    "complaints": "who complained, by a reference, and what came of it",
    "outputs": "what is to leave, and who checked it",
    "output": "one such file and its checks",
    "output_ask": "the request for one",
    "output_file": "the file, once released or to those who check it",
    "output_record": "how it was checked",
    "erasures": "what was asked to be erased, and what it would concern",
    "erasure": "one such erasure",
    "subject_access": "requests of people who ask what is held about them",
    "subject_access_request": "what is held about one of them, for who answers",
    "subject_access_file": "the answer",
    "quality": "what the checks found in returns over time",
    "definitions": "what flags and codes mean, which the mappings tell",
    "purpose": "what every return in a release was shared for",
    "agreements": "what agencies agreed to share",
    "agreement": "one agreement",
    "assessment": "the impact assessment of one agreement",
    "assessment_file": "the same to take along",
    "processing": "the record of processing, from the agreements",
    "processing_file": "the same to take along",
    "can_share": "whether something may be shared, from the agreements",
    "links": "how records were linked, as the statement tells it",
    "links_file": "the same to take along",
    "link_reviews": "pairs of records for those who review them",
    "link_review": "one pair of records",
    "return_findings": "exact rows of an agency's own return",
    "return_findings_file": "the same to take along",
}
"""Pages that are no pages of a release and need the workspace, each with what for. Every other page reads released figures only."""
OF_RELEASES = {"ledger_releaserecord", "ledger_releaseerasure", "ledger_tablesum"}
"""Which releases there are, and the sums that their rows are held against."""
OF_SIGNING_IN = ("django_", "auth_", "axes_", "mfa_", "ledger_user", "ledger_audit", "ledger_output", "ledger_breakglass")
"""Who reads is asked, and that they read is written down, on every page; so is whether something they took was recalled, and whether an
emergency of theirs was not reviewed in time, for then they are not signed in."""
CANARY = b"a true count that nobody released"

opened: list[Path] = []
watching = [False]


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook sees every file that Python opens, whoever asks; it cannot be taken out again, so it is switched."""
    if watching[0] and event == "open" and isinstance(arguments[0], str | bytes | Path):
        name = arguments[0].decode() if isinstance(arguments[0], bytes) else str(arguments[0])
        opened.append(Path(name))


sys.addaudithook(_watch)


@pytest.fixture
def cells(workspace: Workspace) -> str:
    """The digest of an object that is of no release, as raw returns and tables of records are."""
    return workspace.objects.put_bytes(CANARY)


@pytest.fixture
def served(workspace: Workspace, cells: str, settings: object) -> Iterator[Workspace]:
    """A workspace with one release, served."""
    outlines = workspace.objects.put_bytes(ward_outlines())
    tables = {name: workspace.objects.put_bytes(content) for name, content in files_of(example_tables()).items()}
    release = replace(example_release(), attachments={WARDS: outlines, **tables})
    generation = Generation.objects.create(number=1, digest="0" * 64, published_at=NOW, published_by="t")
    digest = workspace.objects.put_bytes(release_to_json(release))
    ReleaseRecord.objects.create(
        number=1,
        period=release.period,
        digest=digest,
        attachments=release.attachments,
        generation=generation,
        created_at=NOW,
        created_by="t",
    )
    settings.WORKSPACE = workspace.root  # type: ignore[attr-defined]
    yield workspace
    _read.cache_clear()
    _read_tables.cache_clear()


def visited(client: Client, page: str) -> tuple[int, list[Path], set[str]]:
    """A page's status, the files it opened and the tables it asked for."""
    _read.cache_clear()
    _read_tables.cache_clear()
    opened.clear()
    watching[0] = True
    try:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            status = client.get(ADDRESSES[page]).status_code
    finally:
        watching[0] = False
    tables = {word.strip('"') for query in asked for word in query["sql"].replace(".", " ").split() if word.startswith('"')}
    return status, list(opened), tables


def test_pages_of_figures_open_what_was_released_and_no_other_object_key_or_definition(
    served: Workspace, cells: str, sign_in: Callable[..., Client]
) -> None:
    record = ReleaseRecord.objects.get()
    # What says whether objects are sealed holds no key: a page has to know before it can open one.
    allowed = {served.objects.path(digest) for digest in (record.digest, *record.attachments.values())} | {served.root / "encryption.json"}
    named = set(connection.introspection.table_names())
    client = sign_in(Role.ANALYST)
    read_a_release = []
    for page in sorted(set(ADDRESSES) - set(WORKING_PAGES)):
        status, files, tables = visited(client, page)
        assert status < 500, page
        within = {path for path in files if path.is_relative_to(served.root)}
        assert within <= allowed, f"{page} opens {[path.name[:12] for path in within - allowed]}"
        strangers = {table for table in tables & named if not table.startswith(OF_SIGNING_IN)} - OF_RELEASES
        assert not strangers, f"{page} asks the ledger for {strangers}"
        read_a_release += [page] * bool(within)

    assert {"overview", "indicators", "agencies", "places", "release_file", "ask_table", "ask_table_file"} <= set(read_a_release), (
        "the hook sees what is opened"
    )


def test_whatever_an_elected_member_can_reach_was_released(served: Workspace, cells: str, sign_in: Callable[..., Client]) -> None:
    """Every address, those of the workspace too: a member is given pages of the release, and no object is opened but those it names."""
    record = ReleaseRecord.objects.get()
    released = {served.objects.path(digest) for digest in (record.digest, *record.attachments.values())}
    client, given = sign_in(Role.ELECTED_MEMBER), []

    for page in sorted(ADDRESSES):
        status, files, _ = visited(client, page)
        assert {path for path in files if path.is_relative_to(served.objects.root)} <= released, page
        given += [page] * (status == 200)

    assert {"overview", "indicators", "places", "release_file"} <= set(given)
    assert not {"returns", "audit", "link_reviews", "break_glass", "subject_access", "quarantine"} & set(given)


def test_a_page_that_asks_outright_for_cells_is_refused(served: Workspace, cells: str) -> None:
    source = WorkspaceSource(served.root)
    release = source.current()
    assert release is not None

    with pytest.raises(NotReleased):
        source.released.get_bytes(cells)
    assert source.attachment(replace(release, attachments={"cells": cells}), "cells") is None, "it is shown as missing"
    assert served.objects.get_bytes(cells) == CANARY, "it is there, and was refused for what it is"


def test_no_working_page_opens_an_object_of_cells_either(served: Workspace, cells: str, sign_in: Callable[..., Client]) -> None:
    client = sign_in(Role.ANALYST)
    # The tests' plain reader has no columns to tell of, so the page that names them fails; what it opened before counts all the same.
    client.raise_request_exception = False
    for page in set(ADDRESSES) & set(WORKING_PAGES):
        _, files, _ = visited(client, page)
        assert served.objects.path(cells) not in files


def test_every_page_is_either_of_a_release_or_says_what_it_needs_the_workspace_for() -> None:
    assert set(WORKING_PAGES) < set(PAGES)
    assert all(WORKING_PAGES.values())


COUNTING = ("sightline.app.count", "sightline.app.release", "sightline.app.local_counts", "sightline.app.analyses", "sightline.app.demo")
"""What counts, and what turns counts into figures."""


def test_the_code_that_counts_is_not_even_loaded_with_the_pages() -> None:
    names = ", ".join(repr(name) for name in COUNTING)
    program = (
        "import os, sys; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'sightline.app.settings'); import django; django.setup(); "
        f"import sightline.web.urls; print([name for name in ({names},) if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
