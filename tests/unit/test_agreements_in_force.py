"""Agreements hold where data comes in, where a generation is made and where figures are counted; every gap is named on the figure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sightline.app.agreed import NotAgreedToShare, NotAgreedToUse
from sightline.app.agreements import add_agreement, take_step
from sightline.app.assessments import sign_assessment
from sightline.app.count import count
from sightline.app.link_people import link_people
from sightline.app.packages import PackageNotForThis
from sightline.app.publish_generation import current_generation, publish_generation
from sightline.app.release import make_release
from sightline.app.tables import identity_record_current, open_tables
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, Linkage, ObjectKind, ReleaseRecord, ReturnObject, ReturnVersion, Role, User
from sightline.model.agreements import Step
from tests.support import partnership
from tests.support.agreements import TERMS, write_agreements
from tests.support.few import count_few
from tests.support.partnership import NOW, PARTNERSHIP, Q1, Q4, link_everybody, make_workspace, referral, use_plain_reader

LONDON = ZoneInfo("Europe/London")
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=1)
CHILDREN = 24
DATASETS = {
    "csc": [("annex_a", "record_level")],
    "police": [("police", "record_level")],
    "voluntary": [("voluntary_counts", "aggregate_only")],
}


def agreement(agency: str, *, fields: tuple[str, ...] = ("referral.*", "flag.*", "identity_record.*", "aggregate_count.*"), **changes):
    """One agency's own agreement, in force over the spring of 2026."""
    datasets = [
        {"agency": agency, "dataset": dataset, "mode": changes.pop("mode", mode), "fields": list(fields), **changes.pop("more", {})}
        for dataset, mode in DATASETS[agency]
    ]
    signature = {"party": agency, "person": "A. Signatory", "role": "Director", "at": "2025-06-01"}
    terms = {"id": f"{agency}_sharing", "parties": [agency], "start": "2025-06-01", "end": "2026-12-31", "review_by": "2026-09-30"}
    return {**TERMS, **terms, "datasets": datasets, "signatories": [signature], **changes}


def agreements(**others) -> dict[str, dict[str, object]]:
    return {f"{agency}.yml": others.get(agency) or agreement(agency) for agency in DATASETS}


@pytest.fixture
def made(tmp_path, db, monkeypatch):
    """Make a workspace under these agreements."""
    use_plain_reader(monkeypatch.setattr)
    count_few(monkeypatch)
    return lambda **others: make_workspace(tmp_path, agreements=agreements(**others))


def send(workspace: Workspace, folder: Path, **request):
    return partnership.submit(workspace, folder / "incoming", **request)


def police(workspace: Workspace, folder: Path, **request):
    return send(workspace, folder, agency="police", dataset="police", **{"referral": [referral("A")], **request})


def fill(workspace: Workspace, folder: Path) -> None:
    """Returns of social care and the police, published and linked."""
    rows = [referral(str(n), "2025-11-03") for n in range(CHILDREN)]
    send(workspace, folder, period=Q4, referral=rows)
    send(workspace, folder, period=Q1, referral=[referral(str(n)) for n in range(CHILDREN)])
    flags = [{"local_id": str(n), "started_on": "2026-01-05", "flag_local": "CE", "exploitation_type": "criminal"} for n in range(11)]
    police(workspace, folder, referral=[referral(str(n), source="police") for n in range(CHILDREN)], flag=flags)
    publish(workspace, NOW)


def publish(workspace: Workspace, at: datetime):
    generation = publish_generation(workspace, by="t", at=at)
    if generation.is_new:
        link_everybody(workspace, generation.number, children=CHILDREN)
    return generation


def test_without_an_agreement_nothing_is_read_and_nothing_but_the_refusal_is_kept(made, tmp_path, monkeypatch) -> None:
    workspace = made(police=agreement("police", end="2026-05-14", review_by="2026-05-01"))
    monkeypatch.setattr(partnership.submitting, "read_apart", lambda *_, **__: pytest.fail("the file was read"))
    monkeypatch.setattr(partnership.submitting, "file_digest", lambda *_: pytest.fail("the file was opened"))

    with pytest.raises(NotAgreedToShare) as caught:
        police(workspace, tmp_path)

    assert str(caught.value) == (
        "SL-GOV-020: Police may not share this: It ended on 2026-05-14. (Sharing in Testing, police_sharing@1) "
        "Agree and sign a new version. `sightline agreements list` shows what is in force. Nothing was stored."
    )
    event = AuditEvent.objects.order_by("seq").last()
    assert (event.action, event.object) == ("return_refused", "police police 2026-Q1")
    assert event.detail["not_agreed"][0].startswith("It ended on 2026-05-14.")
    assert not ReturnVersion.objects.exists()
    assert list(workspace.objects.names()) == []
    audit.verify()


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=LONDON), True),
        (datetime(2026, 7, 1, tzinfo=LONDON), False),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), False),  # half past midnight here
    ],
)
def test_a_return_is_taken_until_midnight_of_the_last_day_here(made, tmp_path, at, taken) -> None:
    workspace = made(police=agreement("police", end="2026-06-30", review_by="2026-06-01"))

    if taken:
        assert police(workspace, tmp_path, at=at).version == 1
    else:
        with pytest.raises(NotAgreedToShare):
            police(workspace, tmp_path, at=at)


def test_a_return_says_under_which_versions_it_was_taken(made, tmp_path) -> None:
    receipt = police(made(), tmp_path)

    assert ReturnVersion.objects.get(id=receipt.return_id).agreement_version == "police_sharing@1"
    assert AuditEvent.objects.get(action="return_received").detail["agreement"] == "police_sharing@1"


def test_fields_that_are_not_agreed_are_dropped_before_anything_is_stored_and_counted(made, tmp_path) -> None:
    workspace = made(police=agreement("police", fields=("referral.received_on",)))
    rows = [referral("A", source="police", close_reason_local="SECRET-REASON"), referral("B", source="school")]
    flags = [{"local_id": "A", "flag_local": "SECRET-FLAG", "started_on": "2026-01-05"}]

    receipt = police(workspace, tmp_path, referral=rows, flag=flags)

    version = ReturnVersion.objects.get(id=receipt.return_id)
    (part,) = version.parts.all()
    table = workspace.objects.get_table(part.digest)
    assert (part.kind, part.entity, table.num_rows) == (ObjectKind.TABLE, "referral", 2)
    assert table["received_on"].null_count == table["received_on_precision"].null_count == 0
    assert table["source"].null_count == 2
    dropped = AuditEvent.objects.get(action="return_received").detail["not_agreed"]
    assert dropped["referral.source"] == 2
    assert dropped["flag.*"] == 1
    stored = b"".join(workspace.objects.get_bytes(digest) for digest in workspace.objects.names())
    assert b"SECRET" not in stored
    assert b"school" not in stored
    (note,) = [finding for finding in receipt.findings if finding.code == "SL-GOV-022"]
    assert "referral.source" in note.text
    assert not {"source", "flag_local"} & {each["field"] for each in version.mapped_fields}


def test_what_is_all_agreed_is_stored_whole_with_its_file(made, tmp_path) -> None:
    receipt = police(made(), tmp_path)

    assert {part.kind for part in ReturnObject.objects.all()} == set(ObjectKind)
    assert "SL-GOV-022" not in {finding.code for finding in receipt.findings}
    assert "not_agreed" not in AuditEvent.objects.get(action="return_received").detail


def test_a_file_richer_than_the_detail_agreed_is_refused(made, tmp_path) -> None:
    workspace = made(police=agreement("police", mode="aggregate_only"), csc=agreement("csc", mode="pseudonymised"))

    with pytest.raises(Refused, match="shares counts only"):
        police(workspace, tmp_path)
    with pytest.raises(PackageNotForThis, match=r"identity_record\.family_name"):
        send(workspace, tmp_path, identity_record=[{"local_id": "A", "family_name": "Nobody"}])
    assert list(workspace.objects.names()) == []


@pytest.mark.parametrize("silent", ["the agreement", "the partnership"])
def test_counts_only_is_what_is_shared_where_nothing_is_said_of_the_detail(made, tmp_path, silent) -> None:
    """The default first step: an agency goes further once it is written down that it does, by it and in the agreement."""
    terms = agreement("police")
    if silent == "the agreement":
        del terms["datasets"][0]["mode"]
        workspace = made(police=terms)
    else:
        named = PARTNERSHIP.replace("    name: Police\n    mode: record_level\n", "    name: Police\n")
        assert named != PARTNERSHIP
        workspace = make_workspace(tmp_path, named, agreements=agreements(police=terms))

    with pytest.raises(Refused, match="Police shares counts only, and these files hold records"):
        police(workspace, tmp_path)
    assert list(workspace.objects.names()) == []
    counts = {"measure": "referrals", "period_start": "2026-01-01", "period_end": "2026-03-31", "count": 15}
    assert send(workspace, tmp_path, agency="police", dataset="police", aggregate_count=[counts]).version == 1


def test_a_file_more_exact_than_agreed_is_refused_and_one_that_is_not_is_taken(made, tmp_path) -> None:
    limits = {"identity_record.date_of_birth": "month", "identity_record.postcode": "sector"}
    workspace = made(csc=agreement("csc", more={"precision": limits}))

    def person(day: str, precision: str, postcode: str) -> dict[str, str]:
        return {"local_id": "A", "date_of_birth": day, "date_of_birth_precision": precision, "postcode": postcode}

    with pytest.raises(NotAgreedToShare, match=r"identity_record\.date_of_birth, identity_record\.postcode\."):
        send(workspace, tmp_path, identity_record=[person("2012-05-17", "day", "QS1 1AA")])
    assert AuditEvent.objects.order_by("seq").last().detail == {"finer_than_agreed": sorted(limits)}
    assert list(workspace.objects.names()) == []

    assert send(workspace, tmp_path, identity_record=[person("2012-05-01", "month", "QS1 1")]).version == 1


def test_a_suspension_between_two_counts_stops_the_second_and_the_next_generation_names_the_gap(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    assert count(workspace, period=Q1, at=NOW).generation.returns == 3

    take_step(workspace, "police_sharing", Step.SUSPEND, reason="a letter went astray", by="protection", at=SOON)

    with pytest.raises(NotAgreedToUse, match=r"police police: agreement suspended 2026-05-15"):
        count(workspace, period=Q1, at=SOON)
    with pytest.raises(NotAgreedToUse):
        make_release(workspace, period=Q1, by="t", at=LATER)
    with pytest.raises(NotAgreedToUse):
        link_people(workspace, by="t", at=LATER)
    assert count(workspace, period=Q1, at=SOON - timedelta(seconds=1)).generation.returns == 3

    publish(workspace, LATER)
    release, _ = make_release(workspace, period=Q1, by="t", at=LATER)

    assert {version.agency for version in ReturnVersion.objects.filter(id__in=current_generation(workspace).return_ids)} == {"csc"}
    affected = [each for each in release.coverage if ("police", "agreement suspended 2026-05-15") in each.missing]
    assert {each.indicator for each in affected} >= {"children_referred_again"}
    assert all("police" not in each.agencies for each in affected)
    assert AuditEvent.objects.filter(action="generation_published").last().detail["not_agreed"] == 1
    told = [each.text for each in release.unknowns]
    assert "Police is in no figure here: agreement suspended 2026-05-15." in told


class _SuspendsOnce:
    """Told of progress, suspends what the police share, as somebody does while work is going on; the clock of the work stays behind."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.done = workspace, False

    def __call__(self, *_: object) -> None:
        if not self.done:
            self.done = True
            take_step(self.workspace, "police_sharing", Step.SUSPEND, reason="a letter went astray", by="protection", at=SOON)


def test_a_suspension_while_a_release_is_counted_lets_nothing_of_it_be_kept(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    suspends = _SuspendsOnce(workspace)

    with pytest.raises(NotAgreedToUse, match=r"police police: agreement suspended 2026-05-15"):
        make_release(workspace, period=Q1, by="t", at=NOW, progress=suspends)

    assert suspends.done
    assert not ReleaseRecord.objects.exists()
    assert not AuditEvent.objects.filter(action="release_made").exists()
    audit.verify()


def test_a_suspension_while_people_are_linked_lets_nothing_of_it_be_kept(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    before, suspends = Linkage.objects.count(), _SuspendsOnce(workspace)

    with pytest.raises(NotAgreedToUse):
        link_people(workspace, by="t", at=NOW, progress=suspends)

    assert suspends.done
    assert Linkage.objects.count() == before


def test_a_suspension_while_a_return_is_read_lets_nothing_of_it_be_kept(made, tmp_path, monkeypatch) -> None:
    workspace = made()
    suspends, keyed = _SuspendsOnce(workspace), partnership.submitting.pseudonymise
    monkeypatch.setattr(partnership.submitting, "pseudonymise", lambda *given, **named: (suspends(), keyed(*given, **named))[1])

    with pytest.raises(NotAgreedToShare, match="It was suspended on 2026-05-15 by protection: a letter went astray"):
        police(workspace, tmp_path)

    assert not ReturnVersion.objects.exists()
    assert AuditEvent.objects.order_by("seq").last().action == "return_refused"
    assert send(workspace, tmp_path, referral=[referral("A")]).version == 1, "what another agency hands in is kept"


def test_resuming_takes_the_returns_up_again_as_they_came(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    first = current_generation(workspace)
    take_step(workspace, "police_sharing", Step.SUSPEND, reason="why", by="protection", at=SOON)
    publish(workspace, SOON)

    take_step(workspace, "police_sharing", Step.RESUME, reason="found", by="protection", at=LATER)
    again = publish(workspace, LATER)

    assert again.return_ids == first.return_ids
    assert count(workspace, period=Q1, at=LATER).generation.returns == 3


def test_at_midnight_of_its_end_an_agency_leaves_the_next_generation(made, tmp_path) -> None:
    workspace = made(police=agreement("police", end="2026-06-30", review_by="2026-06-01"))
    fill(workspace, tmp_path)
    eve, midnight = datetime(2026, 6, 30, 23, 59, 59, tzinfo=LONDON), datetime(2026, 7, 1, tzinfo=LONDON)

    assert publish(workspace, eve).returns == 3
    assert count(workspace, period=Q1, at=eve).generation.returns == 3
    with pytest.raises(NotAgreedToUse, match="agreement ended 2026-06-30"):
        count(workspace, period=Q1, at=midnight)
    assert publish(workspace, midnight).returns == 2


def test_when_nothing_may_be_used_no_generation_is_made(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    for agency in ("csc", "police"):
        take_step(workspace, f"{agency}_sharing", Step.WITHDRAW, reason="why", by="t", at=SOON)

    with pytest.raises(Refused, match="No agreement in force lets any of the accepted returns be used"):
        publish_generation(workspace, by="t", at=LATER)
    assert current_generation(workspace).returns == 3


def test_a_purpose_that_an_agency_did_not_agree_leaves_it_out_of_figures_and_its_return_is_still_taken(made, tmp_path) -> None:
    workspace = made(police=agreement("police", purposes=["disrupt_harm"], tier_ceiling="operational"))
    fill(workspace, tmp_path)

    release, _ = make_release(workspace, period=Q1, by="t", at=NOW)

    assert ReturnVersion.objects.filter(agency="police").count() == 1
    assert current_generation(workspace).returns == 2
    assert any(("police", "agreement does not cover this purpose") in each.missing for each in release.coverage)


def test_a_field_taken_out_in_a_second_version_is_not_stored_from_then_on(made, tmp_path) -> None:
    workspace = made()
    before = police(workspace, tmp_path, referral=[referral("A", source="police")])
    second = agreement("police", fields=("referral.received_on",), start="2026-05-16")
    (file,) = write_agreements(tmp_path / "second", {"second.yml": second}).iterdir()
    add_agreement(workspace, file, by="t", at=SOON)

    today = police(workspace, tmp_path, referral=[referral("B", source="police")], at=SOON)
    tomorrow = police(workspace, tmp_path, referral=[referral("C", source="police")], at=LATER)

    def sources(receipt) -> list[str | None]:
        part = ReturnObject.objects.get(return_version=receipt.return_id, kind=ObjectKind.TABLE)
        return workspace.objects.get_table(part.digest)["source"].to_pylist()

    assert [sources(each) for each in (before, today, tomorrow)] == [["police"], ["police"], [None]]
    assert ReturnVersion.objects.get(id=tomorrow.return_id).agreement_version == "police_sharing@2"


def anew(workspace: Workspace, folder: Path, name: str, *fields: str, start: str = "2026-05-16") -> None:
    """A later version of what the police agreed, of these fields."""
    (file,) = write_agreements(folder / name, {f"{name}.yml": agreement("police", fields=fields, start=start)}).iterdir()
    add_agreement(workspace, file, by="t", at=SOON)


def rows_of(workspace: Workspace, entity: str, *columns: str) -> list[tuple[object, ...]]:
    """What measures can read of the police in the current generation."""
    with DuckDBEngine(threads=1) as engine:
        open_tables(workspace, current_generation(workspace), engine)
        table = engine.query(f"select {', '.join(columns)} from {entity} where agency_id = 'police' order by all")
    return [tuple(row.values()) for row in table.to_pylist()]


def test_a_field_taken_out_is_read_no_more_from_what_was_stored_before_and_its_figures_say_so(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    before = rows_of(workspace, "referral", "received_on", "received_on_precision", "source")
    assert {source for *_, source in before} == {"police"}

    anew(workspace, tmp_path, "second", "referral.received_on", "flag.*", "identity_record.*")

    assert count(workspace, period=Q1, at=SOON).generation.returns == 3, "until the day on which the second version begins"
    with pytest.raises(NotAgreedToUse, match=r"police police: .*referral\.source.* not agreed any more"):
        count(workspace, period=Q1, at=LATER)
    with pytest.raises(NotAgreedToUse):
        link_people(workspace, by="t", at=LATER)

    publish(workspace, LATER)
    release, _ = make_release(workspace, period=Q1, by="t", at=LATER)

    assert rows_of(workspace, "referral", "received_on", "received_on_precision", "source") == [
        (on, exact, None) for on, exact, _ in before
    ]
    assert len(rows_of(workspace, "flag", "flag_local")) == 11, "what is still agreed stays"
    stored = ReturnObject.objects.get(return_version__agency="police", entity="referral")
    assert None not in workspace.objects.get_table(stored.digest)["source"].to_pylist(), "a return never changes"
    told = {each.indicator: dict(each.missing).get("police", "") for each in release.coverage if each.period == str(Q1)}
    assert "referral.source" in told["children_referred_again"]
    assert any(
        each.text.startswith("Police: Occurrences is used without what is not agreed any more: referral.") for each in release.unknowns
    )


def test_of_an_entity_taken_out_whole_not_even_that_there_were_rows_is_told(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    assert rows_of(workspace, "flag", "flag_id")

    anew(workspace, tmp_path, "second", "referral.*", "identity_record.*")
    publish(workspace, LATER)

    assert rows_of(workspace, "flag", "flag_id") == []
    assert rows_of(workspace, "referral", "referral_id")


def test_names_taken_out_link_nobody_any_more(made, tmp_path) -> None:
    workspace = made()
    police(workspace, tmp_path, identity_record=[{"local_id": "A", "family_name": "Nobody", "given_name": "Anne"}])

    def names() -> list[tuple[str | None, str | None]]:
        with DuckDBEngine(threads=1) as engine:
            table = identity_record_current(workspace, current_generation(workspace), engine)
            left = engine.query("select table_name from information_schema.tables where table_name like 'identity_view%'")
            assert all(engine.query(f"select * from {row['table_name']}").num_rows == 0 for row in left.to_pylist())
        return [(row["family_name"], row["given_name"]) for row in table.to_pylist()]

    publish_generation(workspace, by="t", at=NOW)
    assert names() == [("Nobody", "Anne")]

    anew(workspace, tmp_path, "second", "referral.*", "identity_record.given_name")
    publish_generation(workspace, by="t", at=LATER)

    assert [family for family, _ in names()] == [None]


def test_a_field_agreed_again_is_read_again_as_it_came(made, tmp_path) -> None:
    workspace = made()
    fill(workspace, tmp_path)
    first, rows = current_generation(workspace), rows_of(workspace, "referral", "source")
    anew(workspace, tmp_path, "second", "referral.received_on", "flag.*", "identity_record.*")
    publish(workspace, LATER)

    whole = ("referral.*", "flag.*", "identity_record.*", "aggregate_count.*")
    anew(workspace, tmp_path, "third", *whole, start="2026-05-17")
    User.objects.create(username="protection", role=Role.DATA_PROTECTION_OFFICER)
    sign_assessment(workspace, "police_sharing", by="protection", at=SOON)
    again = publish(workspace, LATER + timedelta(days=1))

    assert (again.digest, rows_of(workspace, "referral", "source")) == (first.digest, rows)


def test_a_field_agreed_for_another_purpose_alone_is_in_no_figure(made, tmp_path) -> None:
    """Taken in under both agreements; figures are for planning, and the one that lists it is for something else."""
    planning = agreement("police", fields=("referral.received_on", "flag.*"))
    other = agreement("police", id="police_disruption", purposes=["disrupt_harm"], tier_ceiling="operational")
    workspace = make_workspace(tmp_path, agreements={**agreements(police=planning), "other.yml": other})
    police(workspace, tmp_path, referral=[referral("A", source="police")])
    assert workspace.objects.get_table(ReturnObject.objects.get(entity="referral").digest)["source"].to_pylist() == ["police"]

    publish_generation(workspace, by="t", at=NOW)

    assert rows_of(workspace, "referral", "source") == [(None,)]


def test_a_workspace_with_no_agreement_takes_and_counts_nothing(made, tmp_path, monkeypatch) -> None:
    use_plain_reader(monkeypatch.setattr)
    workspace = make_workspace(tmp_path, PARTNERSHIP, agreements={})

    with pytest.raises(NotAgreedToShare, match=r"No agreement covers annex_a of csc\."):
        send(workspace, tmp_path, referral=[referral("A")])
    assert json.loads(json.dumps(AuditEvent.objects.order_by("seq").last().detail))["rules"] == "1"
