"""Returns: kept once, corrected by a new version, refused without a trace of their rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sightline.app.receipts import ReturnRefused
from sightline.app.submit_return import submit_return
from sightline.app.withdraw_return import withdraw_return
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent, ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.states import State
from sightline.model.periods import Quarter
from tests.support.partnership import NOW, Q1, Q4, plain_format, referral, write_extract


def test_a_return_is_kept_with_its_files_its_rows_and_its_lineage(workspace, submit):
    receipt = submit(referral=[referral("A1", source="police", source_local="5"), referral("A2")])

    version = ReturnVersion.objects.get(id=receipt.return_id)
    raw, rows = version.parts.get(kind=ObjectKind.RAW), version.parts.get(kind=ObjectKind.TABLE)
    table = workspace.objects.get_table(rows.digest)
    assert (receipt.version, receipt.already_had, version.state) == (1, False, State.ACCEPTED)
    assert b"police" in workspace.objects.get_bytes(raw.digest)
    assert table.num_rows == rows.rows == 2
    assert set(table["return_id"].to_pylist()) == {receipt.return_id}
    assert set(table["agency_id"].to_pylist()) == {"csc"}
    assert set(table["mapping_version"].to_pylist()) == {"plain@1"}
    assert table["source_row"].to_pylist() == [2, 3]


def test_an_agencys_own_number_for_a_person_stays_in_the_identity_record(workspace, submit):
    submit(referral=[referral("SECRET-1")], identity_record=[{"local_id": "SECRET-1", "valid_from": "2026-01-01"}])

    holding = {
        part.entity
        for part in ReturnObject.objects.filter(kind=ObjectKind.TABLE)
        if "local_id" in workspace.objects.get_table(part.digest).schema.names
    }
    assert holding == {"identity_record"}


def test_the_same_bytes_twice_are_one_return(submit):
    first = submit(referral=[referral("A1")])
    events = AuditEvent.objects.count()

    again = submit(referral=[referral("A1")], at=NOW + timedelta(days=1))

    assert again.already_had
    assert (again.return_id, again.version, again.received_at) == (first.return_id, 1, first.received_at)
    assert (ReturnVersion.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_a_receipt_says_the_same_whenever_it_is_asked_for(submit):
    first = submit(referral=[referral("A1")], _query=[1, 2])
    again = submit(referral=[referral("A1")], _query=[1, 2])

    assert first.findings
    assert first.mapped
    assert {**first.as_dict(), "already_had": None} == {**again.as_dict(), "already_had": None}


def test_sending_the_same_files_again_mends_what_the_disk_has_spoilt(workspace, submit):
    receipt = submit(referral=[referral("A1")])
    raw, rows = (workspace.objects.path(part.digest) for part in ReturnVersion.objects.get().parts.order_by("kind"))
    raw.write_bytes(b"spoilt")
    rows.unlink()

    again = submit(referral=[referral("A1")], at=NOW + timedelta(days=1))

    assert (again.return_id, again.already_had) == (receipt.return_id, True)
    assert all(workspace.objects.is_sound(part.digest) for part in ReturnObject.objects.all())
    assert ReturnVersion.objects.count() == 1


def test_the_same_files_under_other_names_and_in_another_order_are_one_return(workspace, tmp_path):
    one = write_extract(tmp_path / "one.json", referral=[referral("A1")])
    two = write_extract(tmp_path / "two.json", referral=[referral("A2")])
    request = {"agency": "csc", "dataset": "annex_a", "period": Q1, "by": "t", "at": NOW}
    first = submit_return(workspace, files=[one, two], **request)
    other = tmp_path / "other"
    other.mkdir()
    two.rename(other / "a.json")
    one.rename(other / "b.json")

    assert submit_return(workspace, files=[other], **request).return_id == first.return_id


def test_other_bytes_for_the_same_period_supersede_and_close_the_version_before(submit):
    first = submit(referral=[referral("A1")])
    second = submit(referral=[referral("A2")], at=NOW + timedelta(days=1))

    before, after = ReturnVersion.objects.get(id=first.return_id), ReturnVersion.objects.get(id=second.return_id)
    assert (before.state, before.closed_at) == (State.SUPERSEDED, NOW + timedelta(days=1))
    assert (after.version, after.supersedes_id, after.state) == (2, before.id, State.ACCEPTED)


def test_a_delayed_copy_of_a_corrected_return_does_not_undo_the_correction(submit):
    submit(referral=[referral("A1")])
    submit(referral=[referral("A2")])

    late = submit(referral=[referral("A1")])

    assert late.already_had
    assert late.state == State.SUPERSEDED
    assert ReturnVersion.objects.get(state=State.ACCEPTED).version == 2


def test_after_a_withdrawal_the_older_bytes_may_be_sent_again(workspace, submit):
    submit(referral=[referral("A1")])
    wrong = submit(referral=[referral("A2")])
    withdraw_return(workspace, return_id=wrong.return_id, reason="wrong file", by="t", at=NOW)

    assert submit(referral=[referral("A1")]).version == 3
    assert submit(referral=[referral("A1")]).already_had
    assert submit(referral=[referral("A2")]).version == 4


def test_withdrawing_a_replaced_version_does_not_make_the_present_one_new(workspace, submit):
    old = submit(referral=[referral("A1")])
    submit(referral=[referral("A2")])
    withdraw_return(workspace, return_id=old.return_id, reason="wrong file", by="t", at=NOW)

    assert submit(referral=[referral("A2")]).already_had


def test_the_same_bytes_read_by_a_changed_mapping_are_a_new_version(workspace, submit, monkeypatch):
    submit(referral=[referral("A1")])
    monkeypatch.setattr(type(workspace), "format_of", lambda *_: plain_format(version="2"))

    assert submit(referral=[referral("A1")]).version == 2


def test_the_same_bytes_for_another_period_are_another_return(submit):
    assert submit(referral=[referral("A1")]).return_id != submit(referral=[referral("A1")], period=Q4).return_id


def test_a_return_with_errors_leaves_only_its_refusal_in_the_audit(workspace, submit):
    kept = submit(referral=[referral("A1")])
    objects = set(workspace.objects.names())

    with pytest.raises(ReturnRefused, match="SL-INT-900") as refusal:
        submit(referral=[referral("A2")], _block=[1])

    assert [finding.rows for finding in refusal.value.findings] == [1]
    assert set(workspace.objects.names()) == objects
    assert [version.id for version in ReturnVersion.objects.all()] == [kept.return_id]
    assert AuditEvent.objects.last().action == "return_refused"
    assert "A2" not in str(refusal.value)


def test_an_agency_that_shares_counts_only_cannot_send_records(workspace, submit):
    counts = [{"measure": "young people supported", "period_start": "2026-01-01", "breakdown": "all", "category": "all", "count": 12}]
    submit(agency="voluntary", dataset="voluntary_counts", aggregate_count=counts)
    objects = set(workspace.objects.names())

    with pytest.raises(Refused, match="counts only"):
        submit(agency="voluntary", dataset="voluntary_counts", referral=[referral("A1")])

    assert set(workspace.objects.names()) == objects


@pytest.mark.parametrize(
    ("request_", "error", "says"),
    [
        ({"agency": "navy"}, NotFound, "csc, police, education, voluntary"),
        ({"dataset": "annex_b"}, NotFound, "annex_a, cin_census"),
        ({"period": Quarter(2026, 2)}, InputRefused, "has not ended"),
        ({"period": Quarter(2031, 1)}, InputRefused, "2026-Q1"),
        ({"period": Quarter(2024, 4)}, InputRefused, "2025-Q1"),
        ({"dataset": "cin_census", "period": Q4}, InputRefused, "2026-Q1"),
        ({"agency": "education", "dataset": "school_census", "period": Quarter(2025, 3)}, InputRefused, "2025-Q2"),
    ],
)
def test_an_agency_dataset_or_period_that_does_not_exist_lists_those_that_do(submit, request_, error, says):
    with pytest.raises(error) as problem:
        submit(referral=[referral("A1")], **request_)

    assert says in str(problem.value)
    assert ReturnVersion.objects.count() == 0


def test_a_quarter_can_be_sent_the_day_after_it_ends_by_local_time(submit):
    from_winter_time = NOW.replace(month=4, day=1, hour=0)

    with pytest.raises(InputRefused, match="has not ended"):
        submit(referral=[referral("A1")], at=from_winter_time - timedelta(hours=1, minutes=1))
    assert submit(referral=[referral("A1")], at=from_winter_time - timedelta(hours=1)).version == 1


def test_a_file_that_does_not_exist_or_an_empty_folder_is_said_plainly(workspace, tmp_path):
    request = {"agency": "csc", "dataset": "annex_a", "period": Q1, "by": "t", "at": NOW}
    (tmp_path / "empty").mkdir()

    with pytest.raises(NotFound, match="no such file"):
        submit_return(workspace, files=[tmp_path / "nothing.csv"], **request)
    with pytest.raises(InputRefused, match="no file to read"):
        submit_return(workspace, files=[tmp_path / "empty"], **request)


def test_a_file_that_changes_while_it_is_read_is_not_kept(workspace, tmp_path, monkeypatch):
    extract = write_extract(tmp_path / "growing.json", referral=[referral("A1")])
    reading = submit_return.__globals__["read_apart"]

    def read_and_grow(files: list[Path], **options: object) -> object:
        result = reading(files, **options)
        extract.write_text("{}", encoding="utf-8")
        return result

    monkeypatch.setattr("sightline.app.submit_return.read_apart", read_and_grow)
    with pytest.raises(InputRefused, match="changed while"):
        submit_return(workspace, agency="csc", dataset="annex_a", period=Q1, files=[extract], by="t", at=NOW)
    assert ReturnVersion.objects.count() == 0


def test_time_never_runs_backwards_in_a_slot(submit):
    submit(referral=[referral("A1")])
    submit(referral=[referral("A2")], at=NOW - timedelta(hours=1))

    first, second = ReturnVersion.objects.order_by("version")
    assert first.accepted_at <= first.closed_at == second.accepted_at == NOW


def test_a_withdrawal_needs_a_reason_and_a_return(workspace, submit):
    receipt = submit(referral=[referral("A1")])

    with pytest.raises(InputRefused, match="reason"):
        withdraw_return(workspace, return_id=receipt.return_id, reason="  ", by="t", at=NOW)
    with pytest.raises(NotFound, match="no return"):
        withdraw_return(workspace, return_id="nothing", reason="wrong file", by="t", at=NOW)
    withdraw_return(workspace, return_id=receipt.return_id, reason="wrong file", by="t", at=NOW)
    with pytest.raises(Refused, match="withdrawn cannot become withdrawn"):
        withdraw_return(workspace, return_id=receipt.return_id, reason="again", by="t", at=NOW)


def test_every_change_is_in_the_audit_chain(workspace, submit):
    first = submit(referral=[referral("A1")])
    submit(referral=[referral("A2")])
    withdraw_return(workspace, return_id=first.return_id, reason="wrong file", by="t", at=NOW)

    assert [event.action for event in AuditEvent.objects.filter(action__startswith="return").order_by("seq")] == [
        *("return_received", "return_validated", "return_accepted"),
        *("return_received", "return_validated", "return_superseded", "return_accepted"),
        "return_withdrawn",
    ]
    assert audit.verify() == AuditEvent.objects.count()
