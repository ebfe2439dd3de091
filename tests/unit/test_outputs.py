"""Outputs from request to recall, as the commands and pages use them: what the checks stop, what is given out, what the ledger keeps."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta

import pytest
import xlsxwriter
from typer.testing import CliRunner

from sightline.app import outputs
from sightline.app.output_checks import Outcome
from sightline.app.output_scans import Text, Unreadable, identifiers_in, small_numbers_in, texts_of
from sightline.app.proofs import NotProved
from sightline.app.quarantine import end_quarantine, put_in_quarantine
from sightline.app.sweep import named_objects
from sightline.cli.main import app
from sightline.errors import InputRefused, NotFound, Refused
from sightline.governance.outputs import MayNotCheck, OutputStepNotPossible
from sightline.ledger import audit
from sightline.ledger.agreement_models import AgreementStep, AgreementVersion
from sightline.ledger.models import AuditEvent, ReleaseRecord, Role, User
from sightline.ledger.output_models import OutputDecision, OutputTaken
from sightline.ledger.outputs import is_trained
from sightline.model.outputs import OutputState, Verdict
from sightline.model.releases import release_from_json
from sightline.publish.exports import indicator_file
from sightline.store.objects import ObjectDamaged
from tests.support.outputs import ASKED, HARMLESS, asked, checker, with_release
from tests.support.partnership import NOW, referral

pytestmark = pytest.mark.django_db
LOOKED = "read every line of it"


@pytest.fixture
def ready(workspace, submit):
    """A workspace with a release of one agreed return, and checkers of three agencies."""
    sent = submit(referral=[referral("A1")])
    with_release(workspace, returns=(sent.return_id,))
    for name, agency in (("ann", "police"), ("bo", "education"), ("cy", "voluntary")):
        checker(name, agency)
    return workspace


def decide(ready, number, verdict=Verdict.RELEASE, *who):
    state = None
    for name, agency in who or (("ann", "police"), ("bo", "education")):
        state = outputs.decide_on_output(ready, number, verdict, reasons=LOOKED, by=name, agency=agency, at=NOW)
    return state


def outcomes(detail):
    return {each.id: each.outcome for each in detail.checks}


def test_a_file_is_asked_for_checked_by_two_and_taken_byte_for_byte(ready):
    number = asked(ready).line.number

    assert decide(ready, number, Verdict.RELEASE, ("ann", "police")) is OutputState.WAITING
    with pytest.raises(Refused, match="not released"):
        outputs.take_output(ready, number, by="leader", at=NOW)
    assert decide(ready, number, Verdict.RELEASE, ("bo", "education")) is OutputState.RELEASED

    assert outputs.take_output(ready, number, by="leader", at=NOW) == ("figures.csv", "csv", HARMLESS)
    assert [each.number for each in outputs.look_up_file(HARMLESS)] == [number]
    assert outputs.look_up_file(HARMLESS + b"x") == []
    told = list(AuditEvent.objects.filter(object=f"output {number}").order_by("seq").values_list("action", flat=True))
    assert told == ["output_asked", "output_decided", "output_decided", "output_released", "output_taken"]
    audit.verify()


def test_the_audit_of_a_decision_does_not_say_what_was_decided_before_all_have(ready):
    number = asked(ready).line.number
    decide(ready, number, Verdict.RETURN, ("ann", "police"))

    event = AuditEvent.objects.get(action="output_decided")
    assert not {"return", "release", LOOKED} & set(map(str, event.detail.values()))
    assert outputs.show_output(ready, number, to="analyst").decisions == ()
    assert outputs.show_output(ready, number, to="bo").decisions == ()


def test_where_two_differ_the_requester_is_told_why_and_a_third_agency_decides(ready):
    number = asked(ready).line.number
    decide(ready, number, Verdict.RELEASE, ("ann", "police"))
    assert decide(ready, number, Verdict.RETURN, ("bo", "education")) is OutputState.DIFFERING

    assert [each.verdict for each in outputs.show_output(ready, number, to="analyst").decisions] == [Verdict.RELEASE, Verdict.RETURN]
    assert outputs.show_output(ready, number, to="cy").decisions == ()
    checker("dee", "police")
    with pytest.raises(MayNotCheck, match="of your agency"):
        decide(ready, number, Verdict.RELEASE, ("dee", "police"))
    assert decide(ready, number, Verdict.RETURN, ("cy", "voluntary")) is OutputState.RETURNED
    with pytest.raises(MayNotCheck):
        decide(ready, number, Verdict.RELEASE, ("ann", "police"))


def test_the_record_of_a_released_output_names_what_it_rests_on_and_how_it_was_checked(ready, tmp_path):
    release = with_release_of(ready)
    number = asked(ready, indicator_file(release, release.indicators[0], "csv")).line.number
    decide(ready, number, Verdict.RELEASE, ("ann", "police"))
    with pytest.raises(NotFound, match="not released"):
        outputs.record_of_output(ready, number)
    decide(ready, number, Verdict.RELEASE, ("bo", "education"))

    written = outputs.write_output(ready, number, tmp_path, by="ann", at=NOW)
    told = json.loads(written.with_name(f"{written.name}.record.json").read_text(encoding="utf-8"))
    assert told["sha256"] == hashlib.sha256(written.read_bytes()).hexdigest()
    assert (told["release"], told["generation"]) == (1, "0" * 64)
    assert told["methods"]["disclosure"] == "threshold-10-round-5/2"
    assert {each["check"] for each in told["checks"]} >= {"agreements", "disclosure", "identifiers"}
    assert [(each["agency"], each["trained"]) for each in told["checked_by"]] == [("police", True), ("education", True)]
    assert "reasons" not in str(told["checked_by"])


def test_a_decision_twice_counts_once(ready):
    """A double click, or two windows."""
    number = asked(ready).line.number
    decide(ready, number, Verdict.RELEASE, ("ann", "police"))

    with pytest.raises(MayNotCheck):
        decide(ready, number, Verdict.RELEASE, ("ann", "police"))
    assert OutputDecision.objects.count() == 1
    assert outputs.show_output(ready, number, to="ann").line.state is OutputState.WAITING


def test_bytes_changed_after_they_were_checked_are_not_given_out(ready):
    number = asked(ready).line.number
    decide(ready, number)
    path = ready.objects.path(outputs.show_output(ready, number, to="analyst").line.digest)
    path.chmod(0o600)
    path.write_bytes(HARMLESS.replace(b"25", b"24"))

    with pytest.raises(ObjectDamaged):
        outputs.take_output(ready, number, by="leader", at=NOW)
    assert OutputTaken.objects.count() == 0


def test_a_recalled_output_is_given_out_no_more_and_those_who_took_it_are_told_until_they_confirm(ready):
    number = asked(ready).line.number
    decide(ready, number)
    for _ in range(2):
        outputs.take_output(ready, number, by="leader", at=NOW)

    assert outputs.recall_output(number, reason="a number was wrong", by="protection", at=NOW) == ["leader"]

    with pytest.raises(Refused):
        outputs.take_output(ready, number, by="other", at=NOW)
    assert [each.number for each in outputs.recalled_for("leader")] == [number]
    assert outputs.recalled_for("other") == []
    with pytest.raises(Refused, match="nothing to confirm"):
        outputs.confirm_recall(number, note="", by="other", at=NOW)
    outputs.confirm_recall(number, note="shredded", by="leader", at=NOW)
    assert outputs.recalled_for("leader") == []
    assert [each.state for each in outputs.list_outputs()] == [OutputState.RECALLED], "it stays in the register"
    assert asked(ready).line.number == number + 1, "and the same file may be asked for anew"


def apart(workspace, agency="csc"):
    put_in_quarantine(workspace, agency, reason="a sign-in was stolen", by="protection", at=NOW)


def test_what_an_agency_shared_does_not_leave_once_it_is_set_apart_wherever_the_check_stood(ready):
    """Asked for, half decided on, released: at none of them do the figures go on to leave, and once it is taken back they do."""
    number = asked(ready).line.number
    decide(ready, number, Verdict.RELEASE, ("ann", "police"))
    apart(ready)

    with pytest.raises(outputs.NotToLeave, match="csc was put in quarantine on 2026-05-15"):
        decide(ready, number, Verdict.RELEASE, ("bo", "education"))
    assert [each.state for each in outputs.list_outputs()] == [OutputState.WAITING]
    assert OutputDecision.objects.count() == 1
    with pytest.raises(Refused):
        asked(ready)
    end_quarantine(ready, "csc", reason="found", by="protection", at=NOW)
    assert decide(ready, number, Verdict.RELEASE, ("bo", "education")) is OutputState.RELEASED
    apart(ready)
    with pytest.raises(outputs.NotToLeave, match="csc was put in quarantine"):
        outputs.take_output(ready, number, by="leader", at=NOW)
    assert OutputTaken.objects.count() == 0
    end_quarantine(ready, "csc", reason="found", by="protection", at=NOW)
    assert outputs.take_output(ready, number, by="leader", at=NOW)[2] == HARMLESS


def test_it_is_given_back_and_recalled_all_the_same(ready):
    number, other = asked(ready).line.number, asked(ready, HARMLESS + b"Dunes,30\r\n").line.number
    decide(ready, other)
    apart(ready)

    assert decide(ready, number, Verdict.RETURN) is OutputState.RETURNED
    assert outputs.recall_output(other, reason="csc is set apart", by="protection", at=NOW) == []


@pytest.mark.parametrize("agency", ["police", "education"])
def test_nothing_goes_to_an_agency_that_is_set_apart_or_on_the_word_of_its_people(ready, agency):
    """The police would have it, and somebody of the police and somebody of education checked it."""
    number = asked(ready).line.number
    decide(ready, number)
    apart(ready, agency)

    with pytest.raises(outputs.NotToLeave, match=f"{agency} (was put|is) in quarantine"):
        outputs.take_output(ready, number, by="leader", at=NOW)


def test_a_suspended_agreement_stops_what_was_released_under_it(ready):
    number = asked(ready).line.number
    decide(ready, number)
    for row in AgreementVersion.objects.all():
        AgreementStep.objects.create(version=row, step="suspend", reason="a letter went astray", at=NOW, by="officer")

    with pytest.raises(outputs.NotToLeave, match="suspended"):
        outputs.take_output(ready, number, by="leader", at=NOW)


def test_the_same_file_is_not_asked_for_twice_for_one_recipient(ready):
    asked(ready)

    with pytest.raises(Refused, match="Output 1 is of the same file"):
        asked(ready)
    assert asked(ready, recipient="education").line.number == 2


def test_only_the_requester_takes_a_request_back_and_only_while_it_waits(ready):
    number = asked(ready).line.number
    with pytest.raises(Refused, match="Only who asked"):
        outputs.withdraw_output(number, reason="no", by="leader", at=NOW)
    outputs.withdraw_output(number, reason="wrong file", by="analyst", at=NOW)

    with pytest.raises(OutputStepNotPossible):
        outputs.withdraw_output(number, reason="again", by="analyst", at=NOW)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " "}, "needs a title"),
        ({"why": "so"}, "Say why"),
        ({"purpose": "curiosity"}, "no such purpose"),
        ({"recipient": "The Press"}, "who it is for"),
        ({"purpose": "public_reporting"}, "Nothing of this tier"),
    ],
)
def test_a_request_that_says_too_little_is_not_taken_down(ready, changes, told):
    with pytest.raises(InputRefused, match=told):
        asked(ready, **changes)
    assert outputs.list_outputs() == []


def test_what_a_release_shows_is_known_byte_for_byte_and_one_changed_byte_is_not(ready):
    release = with_release_of(ready)
    made = indicator_file(release, release.indicators[0], "csv")

    same, changed = asked(ready, made), asked(ready, made.replace(b"Harbour", b"Harbours"))

    assert "byte for byte" in next(each.says for each in same.checks if each.id == "disclosure")
    assert outcomes(same)["identifiers"] is Outcome.PASSED
    assert "byte for byte" not in next(each.says for each in changed.checks if each.id == "disclosure")


def test_a_number_that_the_method_cannot_make_stops_a_file_that_somebody_edited(ready):
    release = with_release_of(ready)
    made = indicator_file(release, release.indicators[0], "csv").decode("utf-8-sig").splitlines(keepends=True)
    header, row = made[0].rstrip().split(","), made[1].split(",")
    row[header.index("count")] = "3"
    edited = "".join([made[0], ",".join(row), *made[2:]]).encode()

    found = asked(ready, edited)

    assert outcomes(found)["disclosure"] is Outcome.STOPPED, next(each.says for each in found.checks if each.id == "disclosure")
    assert any("symbols: " in told for each in found.checks for told in each.found), "it is read as it stands"
    assert found.line.state is OutputState.STOPPED
    with pytest.raises(MayNotCheck):
        decide(ready, found.line.number, Verdict.RELEASE, ("ann", "police"))


def test_a_withdrawn_release_does_not_leave(ready):
    release = with_release_of(ready)
    made = indicator_file(release, release.indicators[0], "json")
    ReleaseRecord.objects.update(withdrawn_at=NOW)

    assert outcomes(asked(ready, made, "figures.json"))["disclosure"] is Outcome.STOPPED


def test_what_was_rounded_for_those_who_plan_is_not_published(ready):
    release = with_release_of(ready)

    found = asked(ready, indicator_file(release, release.indicators[1], "csv"), recipient="public")

    assert outcomes(found)["tier"] is Outcome.STOPPED
    assert "community tier first" in next(each.says for each in found.checks if each.id == "tier")


def test_a_recipient_that_no_agreement_knows_stops_it_and_the_reason_is_named(ready):
    found = asked(ready, recipient="press_office")

    assert outcomes(found)["agreements"] is Outcome.STOPPED
    assert "csc annex_a: press_office is no recipient under it." in next(each.found for each in found.checks if each.id == "agreements")


@pytest.mark.parametrize(
    ("content", "name", "stopped_by", "value"),
    [
        (b"note\r\nseen by 943 476 5919\r\n", "a.csv", "identifiers", "943 476 5919"),
        (b"note\r\nlives at SW1A 1AA\r\n", "a.csv", "identifiers", "SW1A"),
        (b'{"note": ["ring 020 7946 0958"]}', "a.json", "identifiers", "7946"),
        (b'<html><body><p title="write to jo@example.org">Words</p></body></html>', "a.html", "identifiers", "example.org"),
        (b"<html><body><!-- dob: 3/4/2011 --><p>Words</p></body></html>", "a.html", "identifiers", "2011"),
        (b"<html><script>1</script></html>", "a.html", "form", "script>"),
        (b"a\r\n=1+1\r\n", "a.csv", "form", "1+1"),
        (b"MZ", "a.exe", "form", "MZ"),
        (b"%PDF", "a.xlsx", "form", "PDF-"),
        (b"", "a.csv", "form", "?"),
    ],
)
def test_what_must_not_leave_is_stopped_by_its_check_and_told_without_its_value(ready, content, name, stopped_by, value):
    found = asked(ready, content, name)

    assert outcomes(found)[stopped_by] is Outcome.STOPPED
    assert found.line.state is OutputState.STOPPED
    told = json.dumps([[each.says, each.found] for each in found.checks]) + json.dumps(list(AuditEvent.objects.values_list("detail")))
    assert value not in told


def test_what_cannot_be_read_is_said_to_be_unchecked_and_never_passes(ready):
    for found in (asked(ready, b"%PDF-1.7 nothing", "a.pdf"), asked(ready, b"{", "a.json")):
        assert {outcomes(found)[each] for each in ("identifiers", "small_numbers", "language", "disclosure")} == {Outcome.NOT_CHECKED}


def test_small_numbers_in_sentences_and_words_that_blame_are_for_people_to_look_at(ready):
    found = asked(ready, b"<html><body><p>In Harbour three girls were seen as streetwise.</p></body></html>", "a.html")

    assert outcomes(found)["small_numbers"] is outcomes(found)["language"] is Outcome.LOOK
    assert found.line.state is OutputState.WAITING


@pytest.mark.parametrize(
    ("text", "small"),
    [
        ("three girls were referred", True),
        ("Only one was found.", True),
        ("we saw 2 young people there", True),
        ("0 to 4 children", False),
        ("12 children in four wards", False),
        ("1 in 4 children", False),
        ("4", False),
        ("31 children, 1.4 people per room", False),
    ],
)
def test_sentences_that_count_a_few_people(text, small):
    assert bool(small_numbers_in([Text("p", text)])) is small


@pytest.mark.parametrize("text", ["1,234,567,890", "2026-05-15", "E05001234", "0 to 4", "12.5", "W01", "0123456789012", "generation 3"])
def test_what_looks_like_a_number_of_a_person_and_is_none(text):
    assert identifiers_in([Text("p", text)]) == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [("xlsx", b"PK\x03\x04 and no workbook"), ("svg", b"<svg><text>"), ("json", b"[" * 100_000), ("csv", b"\xff\xfe\x00")],
)
def test_a_file_that_is_not_of_its_kind_has_no_texts_and_harms_nobody(kind, content):
    with pytest.raises(Unreadable, match=f"no readable {kind.upper()} file"):
        texts_of(kind, content)


def test_a_workbook_is_read_cell_by_cell(ready):
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    book.add_worksheet("Figures").write(2, 1, "9434765919")
    book.close()

    assert [each.where for each in texts_of("xlsx", held.getvalue()) if each.text == "9434765919"] == ["sheet 1, row 1, column 1"]


def test_files_and_checks_are_named_by_the_ledger_and_so_never_swept(ready):
    found = asked(ready)

    assert found.line.digest in named_objects()


def test_training_ends_with_its_last_day(ready):
    with pytest.raises(NotFound, match="No checker"):
        outputs.train_checker("leader", until=NOW.date(), by="t", at=NOW)
    outputs.train_checker("ann", until=NOW.date(), by="t", at=NOW)

    assert is_trained("ann", NOW)
    assert not is_trained("ann", NOW + timedelta(days=1))


def test_the_commands_lead_from_request_to_recall(ready, tmp_path):
    file, out = tmp_path / "figures.csv", tmp_path / "out"
    file.write_bytes(HARMLESS)
    where = ["--workspace", str(ready.root)]

    for user in User.objects.filter(username__in=("ann", "bo")):
        user.set_password(f"{user.username} proves it")
        user.save()
    User.objects.create(username="analyst", role=Role.ANALYST)

    def run(*words, refused=None, secret=None):
        done = CliRunner().invoke(app, ["outputs", *map(str, words), *where], input=f"{secret}\n" if secret else None)
        assert type(done.exception) is (refused or type(None)), done.output
        return done.output

    assert "Nothing has been asked for" in run("list")
    ask = ("ask", file, "--title", ASKED["title"], "--why", ASKED["why"], "--for", "police")
    run(*ask, "--by", "ann", secret="ann proves it", refused=Refused)  # a checker asks for nothing
    run(*ask, "--by", "analyst", refused=NotProved)
    said = run(*ask, "--by", "a-login-of-this-machine")
    assert "Output 1, Referrals for the scrutiny panel, for police: waits for checkers." in said
    assert "never checked" in run("verify", ready.root / "workspace.json")
    run("decide", 1, "perhaps", "--reasons", LOOKED, "--by", "ann", refused=InputRefused)
    run("decide", 1, "release", "--reasons", LOOKED, "--by", "analyst", refused=Refused)
    run("decide", 1, "release", "--reasons", LOOKED, "--by", "ann", refused=NotProved)
    run("decide", 1, "release", "--reasons", LOOKED, "--by", "ann", secret="ann proves it")
    run("decide", 1, "release", "--reasons", LOOKED, "--by", "bo", secret="ann proves it", refused=NotProved)
    assert "Output 1: released." in run("decide", 1, "release", "--reasons", LOOKED, "--by", "bo", secret="bo proves it")
    run("take", 1, "--out", out, "--by", "leader")
    assert (out / "figures.csv").read_bytes() == HARMLESS
    assert "Told on every page they open: leader" in run("recall", 1, "--reason", "a number was wrong", "--by", "protection")
    run("take", 1, "--out", out, "--by", "other", refused=Refused)
    assert "recalled" in run("verify", file)
    assert json.loads(run("show", 1, "--json"))["state"] == "recalled"
    assert "is trained until 2027-01-01" in run("training", "ann", "--until", "2027-01-01")


def with_release_of(workspace):
    return release_from_json(workspace.objects.get_bytes(ReleaseRecord.objects.get().digest))
