"""Whatever is submitted, corrected, withdrawn and published, in whatever order: the ledger answers as a plain list would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.app.as_at import generation_as_at
from sightline.app.publish_generation import publish_generation
from sightline.app.withdraw_return import withdraw_return
from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import ReturnVersion
from tests.support import partnership
from tests.support.partnership import NOW, Q1, Q4, referral

SLOTS = [{"agency": "csc", "dataset": "annex_a", "period": Q1}, {"agency": "csc", "dataset": "annex_a", "period": Q4}]
step = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from([0, 1]), st.sampled_from("ABC")),
    st.tuples(st.just("withdraw"), st.integers(0, 5), st.none()),
    st.tuples(st.just("publish"), st.none(), st.none()),
)
steps = st.lists(st.tuples(step, st.sampled_from([0, 1, 24])), min_size=1, max_size=12)


@dataclass
class Version:
    slot: int
    content: str
    number: int
    accepted: datetime
    id: str = ""
    state: str = "accepted"
    closed: datetime | None = None

    def held(self, at: datetime) -> bool:
        return self.accepted <= at and (self.closed is None or at < self.closed)


class PlainLedger:
    """The same rules on a list, written without looking at how the ledger does it."""

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.published: list[frozenset[str]] = []

    def accepted(self, slot: int | None = None) -> list[Version]:
        return [v for v in self.versions if v.state == "accepted" and slot in (None, v.slot)]

    def submit(self, slot: int, content: str, at: datetime) -> tuple[Version, bool]:
        standing = self.accepted(slot)
        same = [v for v in self.versions if (v.slot, v.content) == (slot, content)]
        if same and (same[-1].state == "accepted" or (same[-1].state == "superseded" and standing)):
            return same[-1], True
        for version in standing:
            version.state, version.closed = "superseded", at
        made = Version(slot, content, 1 + sum(v.slot == slot for v in self.versions), at)
        self.versions.append(made)
        return made, False

    def withdraw(self, version: Version, at: datetime) -> bool:
        if version.state == "withdrawn":
            return False
        version.state, version.closed = "withdrawn", version.closed or at
        return True

    def publish(self) -> int:
        now = frozenset(v.id for v in self.accepted())
        if now and (not self.published or self.published[-1] != now):
            self.published.append(now)
        return len(self.published) if now else 0


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_the_ledger_answers_as_a_plain_list_would(workspace, tmp_path, steps):
    with transaction.atomic():
        replay(workspace, tmp_path, steps)
        transaction.set_rollback(True)


def replay(workspace, folder, steps) -> None:
    plain, at, instants = PlainLedger(), NOW, [NOW]
    for (what, where, content), hours in steps:
        at += timedelta(hours=hours)
        instants.append(at)
        if what == "submit":
            receipt = partnership.submit(workspace, folder, at=at, **SLOTS[where], referral=[referral(content)])
            expected, had = plain.submit(where, content, at)
            expected.id = expected.id or receipt.return_id
            assert (receipt.return_id, receipt.version, receipt.already_had) == (expected.id, expected.number, had)
        elif what == "withdraw" and plain.versions:
            version = plain.versions[where % len(plain.versions)]
            assert withdrawn(workspace, version.id, at) == plain.withdraw(version, at)
        elif what == "publish":
            number = plain.publish()
            assert published(workspace, at) == (number, plain.published[-1] if number else frozenset())

    assert {v.id: (v.state, v.closed_at) for v in ReturnVersion.objects.all()} == {v.id: (v.state, v.closed) for v in plain.versions}
    for instant in instants:
        then = generation_as_at(workspace, instant)
        assert set(then.generation.return_ids) == {v.id for v in plain.versions if v.held(instant)}
    audit.verify()


def withdrawn(workspace, id: str, at: datetime) -> bool:
    try:
        withdraw_return(workspace, return_id=id, reason="wrong file", by="t", at=at)
    except Refused:
        return False
    return True


def published(workspace, at: datetime) -> tuple[int | None, frozenset[str]]:
    try:
        generation = publish_generation(workspace, by="t", at=at)
    except Refused:
        return 0, frozenset()
    return generation.number, frozenset(generation.return_ids)
