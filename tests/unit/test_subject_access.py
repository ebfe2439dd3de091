"""A person asks what is held about them: in time, with everything that can be given, and without anybody else in it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from sightline.app import subject_access as access
from sightline.app.access_records import spans_of, without
from sightline.app.access_values import PlainWords, is_plain_in, may_name_others
from sightline.app.publish_generation import publish_generation
from sightline.app.subjects import ByNumber, find_person
from sightline.cli.main import app
from sightline.definitions.formats import load_format
from sightline.definitions.subject_access import load_exemptions
from sightline.definitions.working_days import load_holidays
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance.access import Course, due_on, may_extend
from sightline.ledger import audit
from sightline.ledger.access_models import AccessRequest, AccessStep
from sightline.ledger.models import AuditEvent, Role, User
from sightline.ledger.releases import record_release
from sightline.ledger.subject_models import NonDisclosure
from sightline.model.access import Becomes, Step
from sightline.model.columns import Privacy
from sightline.privacy.entities import STORED
from sightline.publish.subject_answer import subject_answer
from tests.support.partnership import NOW, Q4, link_everybody, referral

LATER = NOW + timedelta(days=3)
BROTHER, WORDS = "Barnaby", "She said that Barnaby and his friend BARNABY waited at the harbour with a knife."
HOLIDAYS = load_holidays()


@pytest.fixture
def held(workspace, submit):
    """A child whom two agencies know, and her brother in the same returns."""
    submit(
        identity_record=[
            {"local_id": "0", "given_name": "Ottoline", "family_name": "Hebblewhite", "nhs_number": "9434765919"},
            {"local_id": "1", "given_name": BROTHER, "family_name": "Winterbourne"},
        ],
        referral=[referral("0", "2026-02-03", source_local="School"), referral("1", "2026-02-04")],
        narrative=[{"local_id": "0", "about": "referral", "written_on": "2026-02-03", "voice": "child", "text": WORDS}],
        association=[{"local_id": "0", "other_identity_id": "1", "association_type_local": "family"}],
    )
    submit(
        agency="police",
        dataset="police",
        identity_record=[{"local_id": "0", "given_name": "Tamsin", "family_name": "Oxenholme"}],
        missing_episode=[
            {"local_id": "0", "started_at": "2026-02-10 21:30", "episode_type": "away", "grade": "high", "grade_local": "grade-3"}
        ],
        intelligence=[{"intelligence_reference": "R1", "theme_local": "a secret theme", "handling": "conditions"}],
    )
    generation = publish_generation(workspace, by="t", at=NOW)
    link_everybody(workspace, generation.number, children=2)
    put = workspace.objects.put_bytes(b"release")
    record_release(1, period="2026-Q1", digest=put, attachments={}, generation=generation.number, by="t", at=NOW)
    return workspace


def record(workspace, *, number="0", agency="csc", own="", **more):
    told = {"reference": "SAR/26-1", "asked_by": "person", "received_on": NOW.date(), "by": "officer", "at": NOW} | more
    return access.record_request(workspace, ByNumber(agency, number), own_agency=own, **told)


def step(number, kind, *, own="", day=None, at=LATER, words="seen with a passport"):
    return access.take_step(number, kind, day=day or at.date(), words=words, own_agency=own, by="officer", at=at)


def narrative(workspace, number=1, own=""):
    return next(each for each in access.records(workspace, number, own, at=LATER) if each.waits)


def decide(workspace, becomes, *, number=1, key=None, exemption="", out=(), own=""):
    key = key or narrative(workspace, number, own).key
    told = {"exemption": exemption, "words_out": out, "own_agency": own, "by": "officer", "at": LATER}
    access.decide_record(workspace, number, key, becomes, **told)


def ready(workspace, number=1, *, own=""):
    for kind in (Step.IDENTITY_CHECKED, Step.HARM_CONSIDERED):
        step(number, kind, own=own)


def answer(workspace, number=1, kind="json", own=""):
    return access.make_answer(workspace, number, kind, own, by="officer", at=LATER)[1]


@pytest.mark.parametrize(
    ("course", "due"),
    [
        (Course(date(2026, 5, 15)), None),
        (Course(date(2026, 5, 15), date(2026, 5, 15)), date(2026, 6, 15)),
        (Course(date(2026, 5, 15), date(2026, 5, 20)), date(2026, 6, 22)),
        (Course(date(2026, 1, 30), date(2026, 1, 30)), date(2026, 3, 2)),
        (Course(date(2026, 11, 25), date(2026, 11, 25)), date(2026, 12, 29)),
        (Course(date(2026, 5, 15), date(2026, 5, 15), ((date(2026, 5, 18), None),)), None),
        (Course(date(2026, 5, 15), date(2026, 5, 15), ((date(2026, 5, 18), date(2026, 5, 28)),)), date(2026, 6, 25)),
        (Course(date(2026, 5, 15), date(2026, 5, 20), ((date(2026, 5, 16), date(2026, 5, 22)),)), date(2026, 6, 22)),
        (Course(date(2026, 5, 15), date(2026, 5, 15), (), extended=True), date(2026, 8, 17)),
    ],
)
def test_the_answer_is_due_after_one_calendar_month_that_stands_still_while_something_is_asked(course, due):
    assert due_on(course, HOLIDAYS) == due


def test_two_further_months_are_taken_once_and_within_the_first():
    course = Course(date(2026, 5, 15), date(2026, 5, 15))

    assert may_extend(course, date(2026, 6, 15), HOLIDAYS)
    assert not may_extend(course, date(2026, 6, 16), HOLIDAYS)
    assert not may_extend(Course(date(2026, 5, 15), date(2026, 5, 15), (), extended=True), date(2026, 5, 16), HOLIDAYS)
    assert not may_extend(Course(date(2026, 5, 15)), date(2026, 5, 16), HOLIDAYS)


def test_what_the_catalogue_says_of_exemptions_has_a_source_and_a_day():
    found = load_exemptions()

    assert {id for id, each in found.items() if each.told} == {"third_parties", "legal_privilege", "court_restricts"}
    assert all("Schedule" in each.source and each.in_force_from for each in found.values())


def test_a_request_is_written_down_without_the_number_and_waits_until_it_is_checked_who_asks(held):
    made = record(held)

    assert (made.number, made.stands, made.due) == (1, "waits until it is checked who asks", None)
    assert step(1, Step.IDENTITY_CHECKED).due == date(2026, 6, 18)
    row = AccessRequest.objects.get()
    assert (row.reference, row.token) == ("SAR/26-1", made.subject)
    assert "Ottoline" not in str(list(AuditEvent.objects.values_list("object", "detail")))
    audit.verify()


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"reference": "about Ottoline"}, InputRefused),
        ({"reference": ""}, InputRefused),
        ({"asked_by": "anybody"}, InputRefused),
        ({"received_on": date(2026, 6, 1)}, InputRefused),
        ({"number": " "}, InputRefused),
        ({"agency": "nobody"}, NotFound),
        ({"own": "police"}, Refused),
    ],
)
def test_a_request_that_cannot_be_is_refused(held, more, error):
    with pytest.raises(error):
        record(held, **more)
    assert AccessRequest.objects.count() == 0


def test_an_answer_waits_for_every_step_that_people_have_to_take(held):
    record(held, asked_by="parent")
    with pytest.raises(access.NotReady):
        answer(held)
    assert len(access.missing(held, 1, "", at=LATER)) == 4
    ready(held)
    decide(held, Becomes.INCLUDE)
    assert access.missing(held, 1, "", at=LATER) == ["Nobody has said whether it is in the best interests of the child."]
    step(1, Step.CLOCK_STOPPED, words="asked which years are meant")
    assert access.show_request(1, "", at=LATER).stands == "its clock stands still"
    assert "clock stands still" in access.missing(held, 1, "", at=LATER)[0]
    with pytest.raises(Refused, match="stands still already"):
        step(1, Step.CLOCK_STOPPED)
    step(1, Step.CLOCK_STARTED, words="the parent wrote back")
    step(1, Step.INTERESTS_CONSIDERED, words="spoken about with the social worker")
    assert answer(held)
    with pytest.raises(Refused, match="answered before"):
        decide(held, Becomes.WITHHOLD, key=access.records(held, 1, "", at=LATER)[0].key, exemption="crime")
    with pytest.raises(Refused, match="answered before"):
        step(1, Step.REFUSED, words="too late for that")


def test_the_answer_holds_everything_of_the_person_and_nothing_of_anybody_else(held):
    record(held)
    ready(held)
    decide(held, Becomes.REDACT, exemption="third_parties", out=[BROTHER, "harbour"])

    facts = json.loads(answer(held))

    text = json.dumps(facts)
    assert [each["id"] for each in facts["agencies"]] == ["csc", "police"]
    for said in (
        "Ottoline",
        "Hebblewhite",
        "9434765919",
        "Tamsin",
        "School",
        "2026-02-10",
        "grade-3",
        "family",
        "Away without authorisation",
    ):
        assert said in text
    for other in (BROTHER, BROTHER.upper(), "Winterbourne", "harbour", "2026-02-04", "secret"):
        assert other not in text, "somebody else's"
    assert "She said that [left out] and his friend [left out] waited at the [left out] with a knife." in text
    assert [each["title"] for each in facts["left_out"]] == ["It is about somebody else"]
    (sent,) = facts["agencies"][0]["returns"]
    assert sent["releases"] == ["release 1 (2026-Q1)"]
    assert sent["purposes"]
    assert sent["recipients"]
    assert "identity_id" not in text
    page = subject_answer(facts, "html").decode()
    assert "What Children's social care holds about you" in page.replace("&#39;", "'").replace("&#x27;", "'")
    assert "Information Commissioner" in page
    assert facts["may_speak_of"] == ["Weapons"]
    assert page.index("Before you read") < page.index("About this answer") < page.index("with a knife"), "prepared for it first"


def test_a_short_value_that_may_name_somebody_else_waits_and_goes_out_without_the_name(held, submit):
    submit(
        period=Q4,
        identity_record=[{"local_id": "0", "given_name": "Ottoline", "family_name": "Hebblewhite"}],
        assessment_factor=[{"local_id": "0", "started_on": "2025-11-03", "factor_local": f"mother hit {BROTHER}"}],
        person_location=[{"local_id": "0", "location_reference": "L1", "tie_local": "School"}],
        location=[{"location_reference": "L1", "label": f"{BROTHER}'s flat", "address": "1 Harbour Row"}],
    )
    record(held)
    ready(held)

    waiting = {each.kind: each for each in access.records(held, 1, "", at=LATER) if each.waits}
    assert set(waiting) == {"Narrative", "Assessment factor", "Location"}
    decide(held, Becomes.INCLUDE, key=waiting["Narrative"].key)
    decide(held, Becomes.REDACT, key=waiting["Assessment factor"].key, exemption="third_parties", out=[BROTHER])
    with pytest.raises(access.NotReady, match="1 record waits"):
        answer(held)
    decide(held, Becomes.WITHHOLD, key=waiting["Location"].key, exemption="third_parties")
    text = json.dumps([each for agency in json.loads(answer(held))["agencies"] for each in agency["returns"] if each["period"] == str(Q4)])
    assert "mother hit [left out]" in text
    assert BROTHER not in text
    assert "Harbour Row" not in text


@pytest.mark.parametrize(
    ("said", "is_known"),
    [
        ("1A: Individual - Family member", True),
        ("Schools; Individual", True),
        ("Schools; Individual Smith", False),
        ("Jo", False),
        ("E08000001", True),
        ("Flat 2", False),
        ("12.5", True),
        ("Yes", True),
        ("Police", True),
        ("Police Constable Ada", False),
    ],
)
def test_only_a_word_of_the_code_lists_a_number_or_a_code_is_known_to_name_nobody(said, is_known):
    assert is_plain_in(load_format("annex_a"), ("Police", "yes"))(said) is is_known


def test_what_no_mapping_tells_any_more_is_known_by_the_common_lists_alone(workspace):
    is_plain = PlainWords(workspace).of("csc", "a list of years ago")

    assert is_plain("Schools")
    assert is_plain("Children's social care")
    assert not is_plain("1A: Individual - Family member")


def test_every_text_of_a_person_but_what_names_them_and_what_is_about_nobody_can_wait():
    """A new column of the common model waits unless its value is known; nothing has to be declared for that."""
    row = SimpleNamespace(entity="assessment")
    freely = [
        column
        for entity in STORED.values()
        for column in entity.columns
        if pa.types.is_string(column.type) and column.privacy is Privacy.SENSITIVE
    ]

    assert len(freely) > 100
    assert all(may_name_others(column, row, "Barnaby W.", lambda words: False) for column in freely)


@pytest.mark.parametrize(("exemption", "told"), [("serious_harm", []), ("third_parties", ["It is about somebody else"])])
def test_what_is_left_out_whole_is_told_of_only_where_that_does_no_harm(held, exemption, told):
    record(held)
    ready(held)
    decide(held, Becomes.WITHHOLD, exemption=exemption)

    facts = json.loads(answer(held))

    assert "She said" not in json.dumps(facts)
    assert [each["title"] for each in facts["left_out"]] == told


def test_what_is_not_disclosed_leaves_no_sign_in_the_answer_or_in_the_list(held):
    record(held)
    ready(held)
    decide(held, Becomes.INCLUDE)
    before = {each.agency for each in access.records(held, 1, "", at=LATER)}
    person = find_person(held, ByNumber("police", "0"))
    told = {"holder": "police", "asked_by": "police", "basis": "serious_harm", "reason": "weighed", "until": None}
    NonDisclosure.objects.create(
        person=person.id, token="x", identities=list(person.identities), review_by=date(2027, 1, 1), at=NOW, by="o", **told
    )

    text = answer(held).decode() + subject_answer(json.loads(answer(held)), "html").decode()

    assert before == {"csc", "police"}
    assert {each.agency for each in access.records(held, 1, "", at=LATER)} == {"csc"}
    assert not any(said in text for said in ("Tamsin", "grade-3", "What Police holds", "of-police"))
    assert json.loads(answer(held))["left_out"] == []


def test_an_agencys_officer_answers_for_that_agency_and_names_the_others_to_ask(held):
    record(held, own="csc")
    ready(held, own="csc")
    decide(held, Becomes.INCLUDE, own="csc")

    facts = json.loads(answer(held, own="csc"))

    assert [each["id"] for each in facts["agencies"]] == ["csc"]
    assert (facts["controller"], facts["others"]) == ("Children's social care", ["Police"])
    assert access.list_requests("police", at=LATER) == []
    with pytest.raises(NotFound):
        access.show_request(1, "police", at=LATER)


def test_somebody_of_whom_nothing_is_held_is_told_so(held):
    record(held, number="nobody here")
    ready(held)

    facts = json.loads(answer(held))

    assert (facts["agencies"], facts["others"]) == ([], [])
    page = subject_answer(facts, "html").decode()
    assert "Nothing that can be given to you is held here." in page
    assert "Before you read" not in page


def test_an_answer_is_known_by_its_hash_and_nothing_else_of_it_is_kept(held, tmp_path):
    record(held)
    ready(held)
    decide(held, Becomes.REDACT, exemption="third_parties", out=["barnaby"])
    files = access.write_answer(held, 1, tmp_path / "out", "", by="officer", at=LATER)

    assert [path.name for path in files] == ["answer-1.html", "answer-1.json"]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    assert list(AccessStep.objects.filter(kind=Step.ANSWERED).values_list("digest", flat=True)) == digests
    assert access.look_up_answer(files[0].read_bytes()) == [("subject access request 1", LATER)]
    assert access.look_up_answer(files[0].read_bytes() + b" ") == []
    kept = str(list(AccessStep.objects.values())) + str(list(AuditEvent.objects.values_list("object", "detail")))
    assert not any(text in kept for text in (BROTHER, "barnaby", "She said", "Ottoline"))
    assert access.show_request(1, "", at=LATER).stands == "answered"
    with pytest.raises(NotFound):
        access.make_answer(held, 1, "docx", "", by="officer", at=LATER)


def test_a_text_is_read_only_once_that_is_written_down(held):
    record(held)
    key = narrative(held).key

    assert WORDS in str(access.read_text(held, 1, key, "", by="officer", at=LATER).texts)
    assert AuditEvent.objects.filter(action="access_text_read", actor="officer").count() == 1
    with pytest.raises(NotFound):
        access.read_text(held, 1, "0" * 16, "", by="officer", at=LATER)


@pytest.mark.parametrize(
    ("becomes", "exemption", "out", "says"),
    [
        (Becomes.WITHHOLD, "", (), "reason of law"),
        (Becomes.REDACT, "nothing", ("She",), "reason of law"),
        (Becomes.REDACT, "third_parties", ("Leopold", " "), "None of these words"),
    ],
)
def test_a_decision_that_leaves_something_out_says_why_and_what(held, becomes, exemption, out, says):
    record(held)

    with pytest.raises(InputRefused, match=says):
        decide(held, becomes, exemption=exemption, out=out)


@pytest.mark.parametrize(
    ("text", "words", "given"),
    [
        ("Ada told ada", ["ADA"], "[left out] told [left out]"),
        ("Ann-Marie", ["Ann", "nn-M"], "[left out]arie"),
        ("İstanbul, straße and Ada", ["ada"], "İstanbul, straße and [left out]"),
        ("nothing", ["Ada"], "nothing"),
    ],
)
def test_words_are_taken_out_wherever_they_stand(text, words, given):
    assert without(text, spans_of(text, words)) == given


def test_a_request_that_is_late_is_said_to_be_and_comes_first(held):
    record(held, reference="first")
    record(held, reference="second")
    step(2, Step.IDENTITY_CHECKED)

    lines = access.list_requests("", at=NOW + timedelta(days=60))

    assert [(line.reference, line.is_late) for line in lines] == [("second", True), ("first", False)]
    assert lines[0].stands == "late since 2026-06-18"


def test_the_commands_lead_from_request_to_answer_and_each_proves_the_officer(held, tmp_path):
    user = User(username="dpo", role=Role.DATA_PROTECTION_OFFICER)
    user.set_password("dpo")
    user.save()

    def run(*words, typed=("dpo",), refused=None):
        where = [] if words[0] in ("list", "verify") else ["--by", "dpo"]
        done = CliRunner().invoke(
            app, ["subject-access", *words, *where, "-w", str(held.root), "--json"], input="".join(f"{each}\n" for each in typed)
        )
        assert type(done.exception) is (refused or type(None)), (done.output, done.exception)
        return SimpleNamespace(said=done.output, found=json.loads(done.output) if not refused else None)

    day = NOW.date().isoformat()
    made = run("record", "csc", "--reference", "SAR-1", "--received", day, typed=("0", "dpo")).found
    assert made["stands"] == "waits until it is checked who asks"
    run("record", "csc", "--reference", "SAR-1", "--received", "soon", typed=("0", "dpo"), refused=InputRefused)
    for kind in ("identity_checked", "harm_considered"):
        run("step", "1", kind, "--words", "seen with a passport", "--day", day)
    run("step", "1", "something", "--words", "x", refused=InputRefused)
    shown = run("show", "1")
    assert "Ottoline" not in shown.said
    (key,) = [each["record"] for each in shown.found["records"] if each["becomes"].startswith("waits")]
    assert WORDS in str(run("read", "1", key).found)
    run("decide", "1", key, "perhaps", refused=InputRefused)
    run("decide", "1", key, "redact", "--exemption", "third_parties", typed=("dpo", BROTHER))
    files = run("answer", "1", "--out", str(tmp_path / "out")).found["files"]
    assert len(files) == 2
    assert run("verify", files[0]).found["answers"][0]["request"] == "subject access request 1"
    assert run("list").found["requests"][0]["stands"] == "answered"
    run("verify", str(tmp_path / "nothing"), refused=NotFound)
