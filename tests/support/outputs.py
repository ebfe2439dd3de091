"""A workspace with one release whose returns are agreed to leave, and people who ask for outputs and check them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sightline.app.outputs import Brought, OutputDetail, ask_for_output
from sightline.app.workspace import Workspace
from sightline.ledger.models import Generation, GenerationReturn, ReleaseRecord, Role, User
from sightline.ledger.output_models import CheckerTraining
from sightline.model.releases import Release, release_to_json
from sightline.publish.attack_report import ATTACK
from tests.support.partnership import NOW
from tests.support.releases import example_release

NOTHING_FOUND = b'{"format": "sightline-attack/1", "release": "release 1", "found": 0, "attacks": [{"attack": "subtraction", "tried": 9}]}'
ASKED = {
    "title": "Referrals for the scrutiny panel",
    "why": "The panel asked for it; numbers are rounded.",
    "purpose": "strategic_planning",
    "recipient": "police",
    "by": "analyst",
    "agency": "csc",
    "at": NOW,
}
HARMLESS = b"ward,children\r\nHarbour,25\r\n"


def with_release(workspace: Workspace, *, returns: tuple[str, ...] = ()) -> Release:
    """The example release, attacked in vain, of a generation that holds these returns."""
    attack = workspace.objects.put_bytes(NOTHING_FOUND)
    example = example_release()
    release = replace(example, attachments={ATTACK: attack}, methods={**example.methods, "disclosure": "threshold-10-round-5/2"})
    generation = Generation.objects.create(number=1, digest="0" * 64, published_at=NOW, published_by="t")
    for position, id in enumerate(returns, 1):
        GenerationReturn.objects.create(generation=generation, position=position, return_version_id=id)
    ReleaseRecord.objects.create(
        number=1,
        period=release.period,
        digest=workspace.objects.put_bytes(release_to_json(release)),
        attachments=release.attachments,
        generation=generation,
        created_at=NOW,
        created_by="t",
    )
    return release


def checker(name: str, agency: str, *, trained: bool = True) -> User:
    """Somebody who checks outputs for an agency."""
    made = User.objects.create(username=name, role=Role.CHECKER, agency=agency)
    if trained:
        CheckerTraining.objects.create(person=name, until=date(2199, 12, 31), at=NOW, by="t")
    return made


def asked(workspace: Workspace, content: bytes = HARMLESS, name: str = "figures.csv", **changes: Any) -> OutputDetail:
    """A request by the analyst for a file."""
    return ask_for_output(workspace, Brought(name, content), **{**ASKED, **changes})
