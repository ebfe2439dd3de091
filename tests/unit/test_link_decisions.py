"""Stewards' decisions about links: what they do to the next linkage, what is kept of them, and how a change is undone."""

from __future__ import annotations

import random

import pytest

from sightline.app.link_events import event_of, link_events, protected_events
from sightline.app.link_people import link_people
from sightline.app.link_protection import protection
from sightline.app.link_undo import undo_event
from sightline.app.override_links import (
    identity_of,
    list_overrides,
    override_identities,
    override_links,
    protected_overrides,
    withdraw_override,
)
from sightline.app.publish_generation import publish_generation
from sightline.app.sweep import named_objects
from sightline.errors import InputRefused, NotFound, Refused, SightlineError
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, Linkage, LinkOverride, LinkOverrideWithdrawal, LinkUndo
from sightline.linkage.overrides import STEWARD, OverridesContradict
from sightline.model.overrides import EventKind, OverrideKind
from tests.support.partnership import NOW, Q1, Q4

pytestmark = pytest.mark.django_db

MUST, CANNOT, NEVER = OverrideKind.MUST_LINK, OverrideKind.CANNOT_LINK, OverrideKind.DO_NOT_LINK
STEWARD_OF = {"by": "steward", "at": NOW}
NHS, OTHER_NHS = "9000000033", "9000000025"
C1, C2, P1, P2 = ("csc", "C1"), ("csc", "C2"), ("police", "P1"), ("police", "P2")


def seen(local_id, given="Ottoline", born="2012-03-07", family="Hebblewhite", **values):
    known = {"given_name": given, "family_name": family, "date_of_birth": born, "postcode": "QS1 1AA", "valid_from": "2025-10-01"}
    return {"local_id": local_id, "date_of_birth_precision": "day", "sex": "female", **known, **values}


def linked(workspace, *, seed=1):
    rng = random.Random(seed)
    publish_generation(workspace, by="tester", at=NOW)
    draw = lambda: f"p{rng.getrandbits(96):024x}"  # noqa: E731
    return link_people(workspace, by="tester", at=NOW, new_person_id=draw, threads=1)


def person_of(workspace, *who):
    """Person ids, as the newest linkage has them, of people as agencies know them."""
    links = workspace.objects.get_table(Linkage.objects.order_by("-id")[0].links)
    ids = dict(zip(links.column("identity_id").to_pylist(), links.column("person_id").to_pylist(), strict=True))
    return [ids[identity_of(workspace, agency=agency, local_id=number)] for agency, number in who]


def pairs(workspace):
    table = workspace.objects.get_table(Linkage.objects.order_by("-id")[0].pairs)
    return {(row["left"], row["right"]): row for row in table.to_pylist()}


def decide(workspace, kind, one, other, reason="checked with both"):
    return override_links(workspace, kind, one, other, reason=reason, **STEWARD_OF)


def undo(workspace, event):
    return undo_event(workspace, event, reason="they are two", **STEWARD_OF)


def tamsin(local_id):
    return seen(local_id, given="Tamsin", family="Winterbourne", born="2009-11-30")


@pytest.fixture
def town(submit, workspace):
    """Ottoline is known to both agencies and linked; Tamsin (police) and Barnaby (social care) stand alone."""
    submit(
        identity_record=[seen("C1", nhs_number=NHS), seen("C2", given="Barnaby", born="2010-01-02", sex="male", nhs_number=OTHER_NHS)],
        period=Q4,
    )
    submit(identity_record=[seen("P1", nhs_number=NHS), tamsin("P2")], agency="police", dataset="police", period=Q4)
    linked(workspace)
    one, other = person_of(workspace, C1, P1)
    assert one == other
    return workspace


def test_a_must_link_joins_whatever_the_evidence_says_and_its_withdrawal_parts_again(town):
    apart = person_of(town, C2, P2)
    made = decide(town, MUST, C2, P2)
    joined = linked(town)

    assert joined.is_new
    assert joined.linkage.overrides_applied == 1
    assert len(set(person_of(town, C2, P2))) == 1
    events = link_events(town).events
    assert {(event.kind, event.override, event.asked) for event in events} == {
        ("merged", made.number, True),
        ("absorbed", made.number, True),
    }
    assert [row["rule"] for row in pairs(town).values() if row["rule"] == STEWARD] == [STEWARD]

    withdraw_override(town, made.number, reason="was somebody else", **STEWARD_OF)
    linked(town, seed=2)

    after = person_of(town, C2, P2)
    assert len(set(after)) == 2
    assert set(after) & set(apart)
    assert link_events(town).events[0].reason == "A steward withdrew the decision that kept it as it was."


def test_a_cannot_link_parts_and_stays_in_force_every_run(town):
    (before,) = set(person_of(town, C1, P1))
    decide(town, CANNOT, C1, P1)
    linked(town)

    ids = person_of(town, C1, P1)
    assert before in ids
    assert len(set(ids)) == 2
    assert [row["forbidden"] for row in pairs(town).values() if row["forbidden"] == STEWARD] == [STEWARD]
    again = linked(town, seed=9)
    assert not again.is_new
    assert person_of(town, C1, P1) == ids


def test_who_is_not_to_be_linked_is_linked_nowhere_and_nothing_shows_it(town):
    (before,) = set(person_of(town, C1, P1))
    left, right = (identity_of(town, agency=agency, local_id=number) for agency, number in (C1, P1))
    assert tuple(sorted((left, right))) in pairs(town)
    made = decide(town, NEVER, C1, P1)
    done = linked(town)

    ids = person_of(town, C1, P1)
    assert len(set(ids)) == 2
    assert before not in ids, "under the old id one identity's history would show the other's"
    assert tuple(sorted((left, right))) not in pairs(town)
    assert "a steward's decision" not in done.linkage.forbidden
    assert link_events(town, kinds=tuple(EventKind)).events == ()
    assert link_events(town, person_id=before, kinds=(EventKind.RETIRED,)).events == ()
    assert list_overrides(town, withdrawn=True).overrides == ()
    assert list_overrides(town).not_shown == 1
    assert not any(event.identities for event in protected_events(town, **STEWARD_OF).events)
    assert [each.number for each in protected_overrides(town, **STEWARD_OF).overrides] == [made.number]
    assert AuditEvent.objects.filter(action__startswith="protected_link_").count() == 2
    assert left not in str(list(AuditEvent.objects.values_list("detail", "object")))
    again = linked(town, seed=9)
    assert not again.is_new


def test_pairs_kept_before_the_decision_are_not_shown_either(town):
    """A review or a list reads what the newest linkage kept, which is as old as it is."""
    table = town.objects.get_table(Linkage.objects.order_by("-id")[0].pairs)
    assert protection(town).visible(table).equals(table)
    decide(town, NEVER, C1, P1)

    shown = protection(town).visible(table)

    ends = {identity_of(town, agency=agency, local_id=number) for agency, number in (C1, P1)}
    assert len(shown) == len(table) - 1
    assert not [row for row in shown.to_pylist() if {row["left"], row["right"]} == ends]


def test_a_merge_from_before_a_protection_is_hidden_with_it_and_cannot_be_undone(town, submit):
    decide(town, MUST, C2, P2)
    linked(town)
    merged = next(event for event in link_events(town).events if event.kind == "merged")
    withdraw_override(town, 1, reason="a mistake", **STEWARD_OF)
    decide(town, NEVER, C2, P2)

    for _ in range(2):
        assert protection(town).hides([identity_of(town, agency=a, local_id=n) for a, n in (C2, P2)])
        assert link_events(town, linkage=merged.linkage.pk).events == ()
        with pytest.raises(NotFound):
            event_of(town, merged.id)
        with pytest.raises(NotFound):
            undo(town, merged.id)
        linked(town)


def test_nobody_who_might_be_either_is_kept_as_possibly_both(submit, workspace):
    """A third record is likely to be each of the two: listing it beside both would tell who they are."""
    submit(identity_record=[seen("C1", nhs_number=NHS), seen("C9", given="Barnaby", born="2010-01-02", sex="male")], period=Q4)
    submit(identity_record=[seen("P1", nhs_number=NHS)], agency="police", dataset="police", period=Q4)
    submit(identity_record=[seen("E1", given="Otto", family="Hebblewhite-Marsh")], agency="education", dataset="school_census", period=Q4)
    linked(workspace)
    decide(workspace, NEVER, C1, P1)
    linked(workspace)

    ids = person_of(workspace, C1, P1, ("education", "E1"))
    assert ids[0] != ids[1]
    links = workspace.objects.get_table(Linkage.objects.order_by("-id")[0].links)
    owner = dict(zip(links.column("identity_id").to_pylist(), links.column("person_id").to_pylist(), strict=True))
    met = {
        person: {owner[pair[1 - end]] for pair in pairs(workspace) for end in (0, 1) if owner[pair[end]] == person}
        for person in owner.values()
    }
    assert ids[1] not in met[ids[0]]
    assert not [person for person, others in met.items() if person not in ids[:2] and set(ids[:2]) <= others]


def test_decisions_that_contradict_one_another_are_refused_with_their_numbers(town, submit):
    first = decide(town, MUST, C1, P2)
    second = decide(town, MUST, P2, C2)

    with pytest.raises(OverridesContradict, match=rf"Overrides {first.number}, {second.number} say .* override \d+ that they are not"):
        decide(town, CANNOT, C1, C2)
    with pytest.raises(OverridesContradict):
        decide(town, NEVER, C1, C2)

    assert LinkOverride.objects.count() == 2
    audit.verify()
    withdraw_override(town, second.number, reason="wrong", **STEWARD_OF)
    decide(town, NEVER, C1, C2)
    with pytest.raises(OverridesContradict):
        decide(town, MUST, P2, C2)


def test_bad_decisions_are_refused_in_words_that_name_nobody(town, submit):
    def refused(error, *arguments, reason="checked with both"):
        with pytest.raises(error) as caught:
            decide(town, *arguments, reason=reason)
        assert not [word for word in ("C1", "P1", "X77", "ttoline") if word in str(caught.value)]
        return str(caught.value)

    assert "second person" in refused(NotFound, MUST, C1, ("police", "X77"))
    assert "same record" in refused(InputRefused, MUST, C1, ("csc", " C1 "))
    assert "no agency" in refused(NotFound, MUST, C1, ("polis", "P1"))
    assert "empty" in refused(InputRefused, MUST, C1, ("police", " "))
    assert "needs a reason" in refused(InputRefused, MUST, C1, P1, reason=" ")
    for telling in ("see case C1", "born 07/03/2012", "NHS 900 000 0033", "x" * 501):
        refused(InputRefused, MUST, C1, P1, reason=telling)
    decide(town, MUST, C1, P1)
    assert "says so already" in refused(Refused, MUST, P1, C1)
    with pytest.raises(NotFound):
        withdraw_override(town, 99, reason="none", **STEWARD_OF)
    withdraw_override(town, 1, reason="none", **STEWARD_OF)
    with pytest.raises(Refused, match="withdrawn before"):
        withdraw_override(town, 1, reason="none", **STEWARD_OF)
    decide(town, MUST, C1, P1)


def test_a_person_whom_the_agency_took_back_is_refused_and_an_earlier_decision_waits(town, submit):
    decide(town, CANNOT, C2, P2)
    submit(
        identity_record=[seen("C1", nhs_number=NHS), seen("C2", given="Barnaby", born="2010-01-02", sex="male", retracted=True)], period=Q1
    )
    done = linked(town)

    assert (done.linkage.overrides_applied, done.linkage.overrides_waiting) == (0, 1)
    with pytest.raises(Refused, match="taken its record of the first person back"):
        decide(town, MUST, C2, P1)
    assert [event.kind for event in link_events(town).events] == ["retired"]


def test_a_decision_is_a_fact_and_says_no_number_of_anybody(town):
    decide(town, CANNOT, C1, P1)
    row = LinkOverride.objects.get()

    with pytest.raises(Refused):
        row.delete()
    row.reason = "another"
    with pytest.raises(Refused):
        row.save()
    stored = str([list(model.objects.values_list()) for model in (LinkOverride, LinkOverrideWithdrawal, LinkUndo, AuditEvent)])
    assert not [word for word in ("'C1'", "'P1'", "ttoline", "Hebblewhite", "2012-03-07", NHS) if word in stored]


def test_a_merge_that_is_undone_gives_both_people_their_ids_back(town, submit):
    before = person_of(town, C1, P1, C2, P2)
    # the police now write Tamsin as social care writes Barnaby: one record changes and two people become one
    submit(
        identity_record=[seen("P1", nhs_number=NHS), seen("P2", given="Barnaby", born="2010-01-02", sex="male", nhs_number=OTHER_NHS)],
        agency="police",
        dataset="police",
        period=Q4,
    )
    linked(town, seed=2)
    merged = next(event for event in link_events(town).events if event.kind == "merged")
    assert len(set(person_of(town, C2, P2))) == 1
    assert not merged.asked

    done = undo(town, merged.id)
    assert (len(done.added), done.withdrawn) == (1, ())
    with pytest.raises(Refused, match="undone already"):
        undo(town, merged.id)
    linked(town, seed=3)

    assert person_of(town, C1, P1, C2, P2) == before
    assert {(event.kind, event.reason) for event in link_events(town).events} == {
        ("split", "A steward undid an earlier change."),
        ("restored", "A steward undid an earlier change."),
    }
    assert not linked(town, seed=4).is_new
    with pytest.raises(Refused, match="changed again since"):
        undo(town, merged.id)


def test_a_split_that_is_undone_gives_the_one_person_back(town, submit):
    (before,) = set(person_of(town, C1, P1))
    submit(
        identity_record=[seen("P1", given="Wilhelmina", family="Oakeshott", born="2003-01-01"), tamsin("P2")],
        agency="police",
        dataset="police",
        period=Q4,
    )
    linked(town, seed=2)
    split = next(event for event in link_events(town).events if event.kind == "split")

    undo(town, split.id)
    linked(town, seed=3)

    assert set(person_of(town, C1, P1)) == {before}
    back = next(event for event in link_events(town).events if event.kind == "absorbed")
    undo(town, back.id)
    linked(town, seed=4)
    assert len(set(person_of(town, C1, P1))) == 2


def test_undoing_what_a_decision_did_withdraws_the_decision(town):
    before = person_of(town, C2, P2)
    made = decide(town, MUST, C2, P2)
    linked(town)

    done = undo(town, link_events(town).events[0].id)
    linked(town)

    assert done.withdrawn == (made.number,)
    assert person_of(town, C2, P2) == before


def test_what_changed_nothing_cannot_be_undone(town):
    created = link_events(town, kinds=(EventKind.CREATED,)).events[0]
    with pytest.raises(Refused, match="cannot be undone"):
        undo(town, created.id)
    for wrong in ("12", "a-b", "1-", "-1", "1-2-3", "٣-١"):
        with pytest.raises(InputRefused):
            undo(town, wrong)
    with pytest.raises(NotFound):
        undo(town, "1-999")
    with pytest.raises(NotFound):
        undo(town, "999-1")


def test_who_is_away_for_a_quarter_bears_the_same_id_when_they_return(town, submit):
    before = person_of(town, P2)
    submit(identity_record=[seen("P1", nhs_number=NHS)], agency="police", dataset="police", period=Q4)
    linked(town, seed=2)
    assert [event.kind for event in link_events(town).events] == ["retired"]
    submit(identity_record=[seen("P1", nhs_number=NHS, sex="not_recorded"), tamsin("P2")], agency="police", dataset="police", period=Q4)
    linked(town, seed=3)

    assert person_of(town, P2) == before
    assert [event.kind for event in link_events(town).events] == ["restored"]


def test_events_are_kept_with_the_linkage_and_found_by_person(town):
    newest = Linkage.objects.order_by("-id")[0]
    assert {newest.events, newest.gone} <= named_objects()
    (person,) = set(person_of(town, C1, P1))

    found = link_events(town, person_id=person, kinds=tuple(EventKind))

    assert [(event.kind, event.reason) for event in found.events] == [("created", "None of their records was in an earlier linkage.")]
    assert found.counts == {"created": 1}
    assert link_events(town).counts == {}
    assert link_events(town, kinds=tuple(EventKind), most=1).counts == {"created": 3}


def test_a_reviewer_decides_by_identity_ids(town):
    left, right = (identity_of(town, agency=agency, local_id=number) for agency, number in (C1, P1))
    made = override_identities(town, CANNOT, right, left, reason="two reviewers agree", **STEWARD_OF)

    assert (made.left, made.right) == tuple(sorted((left, right)))
    with pytest.raises(SightlineError):
        override_identities(town, CANNOT, left, left, reason="two reviewers agree", **STEWARD_OF)


def test_a_decision_made_while_linking_runs_is_not_lost(town, submit):
    decide(town, CANNOT, C2, P2)

    def progress(step, done, out_of):
        if step == "resolve":
            decide(town, CANNOT, C1, P1)

    with pytest.raises(Refused, match="while this linkage ran; nothing of it was kept"):
        link_people(town, by="tester", at=NOW, progress=progress, threads=1)
    assert Linkage.objects.count() == 1

    linked(town)
    assert len(set(person_of(town, C1, P1))) == 2
