"""What `decide` says of one person's records: an hour for one reader, nothing that is not disclosed, nobody's name at another agency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from sightline.definitions.content_categories import categories_of
from sightline.definitions.partnership import load_partnership
from sightline.errors import CatalogueProblems
from sightline.governance import Action, Allow, Deny, Glass, NotDisclosed, Principal, Subject, decide, is_withheld
from sightline.model.agreements import LOCAL_TIME, Tier
from tests.support.agreements import DURING, POLICE, dataset, signed, terms
from tests.support.partnership import PARTNERSHIP, write_partnership

READER = Principal("ann", "csc", Tier.OPERATIONAL)
HOUR = timedelta(hours=1)
GLASS = Glass(1, "ann", "token", DURING)
HELD = [
    signed(
        terms(
            purposes=["safeguard_a_child"],
            tier_ceiling="operational",
            datasets=[dataset(fields=["flag.*", "identity_record.*"], mode="record_level")],
        )
    )
]
OPEN = Subject("token", (), GLASS)


def ask(subject, *, who=READER, action=Action.BREAK_GLASS, fields=(), at=DURING, agency="police"):
    about = replace(POLICE, subject=subject, agency=agency)
    return decide(who, action, about, "safeguard_a_child", Tier.OPERATIONAL, fields, at, HELD)


@pytest.mark.parametrize("action", [Action.BREAK_GLASS, Action.VIEW, Action.EXPORT])
def test_an_open_emergency_lets_its_reader_see_its_person(action):
    assert isinstance(ask(OPEN, action=action, fields=["flag.flag_type"]), Allow)


@pytest.mark.parametrize(
    ("changed", "short"),
    [
        ({"subject": None}, "no person named"),
        ({"subject": None, "action": Action.SUBJECT_ACCESS}, "no person named"),
        ({"subject": Subject("token")}, "not open"),
        ({"subject": Subject("token"), "action": Action.VIEW}, "not open"),
        ({"subject": Subject("another", (), GLASS)}, "not open"),
        ({"subject": OPEN, "who": Principal("bo", "csc", Tier.OPERATIONAL)}, "not open"),
        ({"subject": OPEN, "at": DURING + HOUR}, "not open"),
        ({"subject": OPEN, "at": DURING - timedelta(seconds=1)}, "not open"),
        ({"subject": Subject("token", (), replace(GLASS, ended_at=DURING))}, "not open"),
        ({"subject": OPEN, "fields": ["flag.flag_type", "identity_record.given_name"]}, "stays with the agency"),
        ({"subject": Subject("token", (NotDisclosed("police", DURING),), GLASS)}, "not disclosed"),
        ({"subject": Subject("token", (NotDisclosed("", DURING),), GLASS)}, "not disclosed"),
        ({"subject": Subject("token", (NotDisclosed("police", DURING),)), "action": Action.SUBJECT_ACCESS}, "not disclosed"),
    ],
)
def test_everything_else_is_refused_and_says_why(changed, short):
    answer = ask(**changed)

    assert isinstance(answer, Deny)
    assert [reason.short for reason in answer.reasons] == [short]
    assert all(reason.what and reason.where and reason.how for reason in answer.reasons)


def test_an_emergency_is_open_to_the_last_moment_of_its_hour():
    assert isinstance(ask(OPEN, at=DURING + HOUR - timedelta(seconds=1)), Allow)


def test_the_person_asking_for_their_own_needs_no_emergency():
    assert isinstance(ask(Subject("token"), action=Action.SUBJECT_ACCESS, fields=["identity_record.given_name"]), Allow)


def test_who_somebody_is_is_shown_to_the_agency_that_wrote_it():
    police = Principal("ann", "police", Tier.OPERATIONAL)

    assert isinstance(ask(OPEN, who=police, fields=["identity_record.given_name"]), Allow)


def test_an_emergency_is_no_way_round_an_agreement():
    assert isinstance(ask(OPEN, fields=["narrative.text"]), Deny)
    assert isinstance(ask(OPEN, agency="education"), Deny)
    assert isinstance(ask(OPEN, who=Principal("ann", "csc", Tier.STRATEGIC)), Deny)


MIDNIGHT = datetime(2026, 3, 31, tzinfo=LOCAL_TIME)


@pytest.mark.parametrize(
    ("decision", "agency", "at", "withheld"),
    [
        (NotDisclosed("police", DURING), "police", DURING, True),
        (NotDisclosed("police", DURING), "police", DURING - timedelta(seconds=1), False),
        (NotDisclosed("police", DURING), "csc", DURING, False),
        (NotDisclosed("police", DURING), "", DURING, False),  # not everything is withheld
        (NotDisclosed("", DURING), "", DURING, True),
        (NotDisclosed("", DURING), "csc", DURING, True),
        (NotDisclosed("police", DURING, ended_at=DURING + HOUR), "police", DURING + HOUR - timedelta(seconds=1), True),
        (NotDisclosed("police", DURING, ended_at=DURING + HOUR), "police", DURING + HOUR, False),
        (NotDisclosed("police", DURING, date(2026, 3, 30)), "police", MIDNIGHT - timedelta(seconds=1), True),
        (NotDisclosed("police", DURING, date(2026, 3, 30)), "police", MIDNIGHT, False),
    ],
)
def test_a_decision_holds_for_its_holder_from_its_instant_to_its_end(decision, agency, at, withheld):
    assert is_withheld([decision], agency, at) is withheld


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("We talked about school.", "", ()),
        ("He has a MACHETE at home", "", ("Weapons",)),
        ("The crackle of the fire", "", ("Drugs or alcohol",)),  # a beginning of a word suggests more than it should, never less
        ("Nothing to see", "self_harm; something of our own", ("Self-harm or suicide",)),
        ("She owes them money and they threaten her", "", ("Violence or threats", "Control, debt or trafficking")),
    ],
)
def test_what_a_text_may_speak_of_is_suggested_by_its_words_and_given_by_its_agency(text, given, expected):
    assert categories_of(text, given=given) == expected


def test_a_partnership_names_local_support_by_pages_and_numbers_only(tmp_path):
    named = PARTNERSHIP + 'support:\n  - {name: Counselling, telephone: "01632 960001", says: Any hour}\n'
    assert load_partnership(write_partnership(tmp_path / "a", named)).support[0].telephone == "01632 960001"
    assert load_partnership(write_partnership(tmp_path / "b")).support == ()
    with pytest.raises(CatalogueProblems):
        load_partnership(write_partnership(tmp_path / "c", PARTNERSHIP + 'support:\n  - {name: X, address: "javascript:alert(1)"}\n'))
