"""The audit for those who check it: words for every action, and an end of the chain that nobody can bend unseen."""

from __future__ import annotations

import ast
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from sightline.app.audit_trail import Asked, events, sign_head, verify_against
from sightline.app.audit_words import WORDS, sentence
from sightline.errors import InputRefused
from sightline.ledger import audit
from sightline.ledger.audit import AuditBroken
from sightline.ledger.models import AuditEvent, AuditHead
from sightline.ledger.states import State
from tests.support.partnership import NOW
from tests.support.samples import ROOT
from tests.support.tampering import unguard


def actions_in_the_code() -> set[str]:
    """Every action that the program records: the first argument of each ``audit.record``, and what the pages write."""
    found = {f"return_{state.value}" for state in State if state is not State.RECEIVED}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "record_read") and node.args:
                found |= {leaf.value for leaf in ast.walk(node.args[0]) if isinstance(leaf, ast.Constant) and not leaf.value.endswith("_")}
    return found


def test_every_action_that_is_recorded_has_words_and_reads_as_a_sentence():
    recorded = actions_in_the_code()

    assert recorded - set(WORDS) == set()
    assert len(recorded) > 25
    for action, words in WORDS.items():
        detail = dict.fromkeys(re.findall(r"{(\w+)}", words), "x")
        told = sentence(action, "the thing", "ann", detail)
        assert re.fullmatch(r"ann .*\.", told), told
        assert "{" not in told
        assert "_" not in told


def test_an_older_event_that_lacks_a_detail_says_so_and_a_strange_one_is_not_hidden():
    assert sentence("generation_published", "G1", "ann", {}) == "ann published generation G1 of (not recorded) returns."
    assert sentence("user_added", "bob", "ann", {"role": "strategic_lead"}) == "ann gave bob a sign-in as strategic lead."
    assert sentence("from_the_future", "X", "", {}) == "Somebody who was not signed in did from the future: X."


def chain(*actors: str) -> None:
    with audit.writing():
        for number, actor in enumerate(actors):
            audit.record("page_read", f"/{number}", by=actor, at=NOW + timedelta(minutes=number))


def rewrite(seq: int, actor: str) -> None:
    """Change an event as somebody with the whole database would: every hash after it made to fit again."""
    unguard()
    AuditEvent.objects.filter(seq=seq).update(actor=actor)
    previous = AuditEvent.objects.filter(seq=seq - 1).values_list("hash", flat=True).first() or "0" * 64
    for event in AuditEvent.objects.filter(seq__gte=seq).order_by("seq"):
        event.prev_hash = previous
        previous = audit._hash(event)
        AuditEvent.objects.filter(seq=event.seq).update(prev_hash=event.prev_hash, hash=previous)
    AuditHead.objects.update(hash=previous)


@pytest.fixture
def signed(workspace, tmp_path) -> Path:
    chain("ann", "bob", "cat")
    sign_head(workspace, to=tmp_path / "elsewhere", by="ann", at=NOW)
    chain("dan")
    return tmp_path / "elsewhere"


def test_a_chain_that_was_only_added_to_fits_every_end_signed_before(workspace, signed):
    sign_head(workspace, to=signed, by="ann", at=NOW + timedelta(days=1))
    assert len(list(signed.iterdir())) == 2
    assert verify_against([signed]) == AuditEvent.objects.count()
    assert [event.text for event in events(Asked(kind="changes"), most=1)] == ["ann signed the end of the audit at event 5."]


def test_a_whole_chain_rewritten_to_fit_itself_is_found_by_the_signed_end(signed):
    rewrite(2, "nobody")
    assert audit.verify() == 5  # By itself it holds together.

    with pytest.raises(AuditBroken, match=r"Event 3 is not the one that was signed on 2026-05-15"):
        verify_against([signed])


def test_a_tail_cut_off_with_its_head_moved_is_found_by_the_signed_end(signed):
    unguard()
    AuditEvent.objects.filter(seq__gt=2)._raw_delete("default")
    last = AuditEvent.objects.get(seq=2)
    AuditHead.objects.update(seq=2, hash=last.hash)
    assert audit.verify() == 2

    with pytest.raises(AuditBroken, match="ends at event 2; on 2026-05-15 it was signed at event 3"):
        verify_against([signed])


@pytest.mark.parametrize("events_since", [1, 40])
def test_another_database_in_the_place_of_this_one_is_found_by_the_signed_end(signed, events_since):
    unguard()
    AuditEvent.objects.all()._raw_delete("default")
    AuditHead.objects.all().delete()
    for _ in range(events_since):
        chain("ann")
    assert audit.verify() == events_since

    with pytest.raises(AuditBroken, match=r"ends at event 1; on 2026|Event 3 is not the one that was signed"):
        verify_against([signed])


@pytest.mark.parametrize("change", [{"seq": 2}, {"hash": "0" * 64}, {"signature": "00" * 64}, {"public_key": "11" * 32}, {"extra": 1}])
def test_a_signed_end_that_was_changed_is_refused(signed, change):
    path = next(signed.iterdir())
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputRefused, match="no signed end"):
        verify_against([path])


def test_a_folder_without_a_signed_end_is_never_taken_for_one_that_fits(workspace, tmp_path):
    chain("ann")
    with pytest.raises(InputRefused, match="No signed end of an audit chain is in this folder"):
        verify_against([tmp_path])


def test_ends_of_two_workspaces_are_not_mixed(workspace, signed, tmp_path):
    (workspace.root / "keys" / "audit").write_text("22" * 32)
    workspace.__dict__.pop("audit_key")
    sign_head(workspace, to=signed, by="ann", at=NOW + timedelta(days=1))
    with pytest.raises(InputRefused, match="different keys"):
        verify_against([signed])
