"""The end of the audit is signed once a day by itself, into folders elsewhere, by a clock that is passed in."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from sightline.app.audit_trail import last_signed, verify_against
from sightline.app.daily_signing import BY, is_due, keep_signing, schedule, sign_today
from sightline.app.doctor import examine
from sightline.cli.main import app
from sightline.errors import EnvironmentProblem, InputRefused, NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import AuditEvent
from tests.support.partnership import NOW
from tests.support.tampering import unguard

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


@pytest.fixture
def elsewhere(workspace, tmp_path) -> list[Path]:
    """Two folders that the settings name."""
    folders = [tmp_path / "police-dpo", tmp_path / "council-dpo"]
    (workspace.root / "settings.yml").write_text(f"sign_audit_to: {json.dumps([str(each) for each in folders])}\n")
    return folders


def happen(at: datetime) -> None:
    with audit.writing():
        audit.record("page_read", "/", by="ann", at=at)


def check(workspace, at: datetime):
    return next(each for each in examine(workspace.root, at=at) if each.what == "Signed end")


def test_each_day_is_signed_once_into_every_folder_and_the_files_vouch_for_the_chain(workspace, elsewhere) -> None:
    for at in (NOW, NOW + timedelta(hours=2), NOW + DAY, NOW + DAY + timedelta(hours=2)):
        happen(at)
        sign_today(workspace, at=at)

    assert [len(list(folder.iterdir())) for folder in elsewhere] == [2, 2]
    assert verify_against(elsewhere) == AuditEvent.objects.count()
    signings = AuditEvent.objects.filter(action="audit_head_signed")
    assert [(event.at, event.actor, event.detail["unreached"]) for event in signings.order_by("seq")] == [(NOW, BY, 0), (NOW + DAY, BY, 0)]


@pytest.mark.parametrize(
    ("then", "now", "due"),
    [
        (datetime(2026, 6, 1, 0, 30, tzinfo=LONDON), datetime(2026, 6, 1, 23, 59, tzinfo=LONDON), False),
        (datetime(2026, 6, 1, 23, 59, tzinfo=LONDON), datetime(2026, 6, 2, tzinfo=LONDON), True),
        (datetime(2026, 10, 25, 0, 30, tzinfo=LONDON), datetime(2026, 10, 25, 23, 30, tzinfo=LONDON), False),  # a day of 25 hours
    ],
)
def test_a_day_is_one_by_the_clock_here(workspace, elsewhere, then, now, due) -> None:
    happen(then)
    assert is_due(then)
    sign_today(workspace, at=then)

    assert is_due(now) is due


def test_where_no_folder_is_named_nothing_is_signed_and_the_doctor_says_so(workspace) -> None:
    assert sign_today(workspace, at=NOW) is None
    assert last_signed() is None
    told = check(workspace, NOW)
    assert (told.verdict, told.found) == ("look", "the end of the audit was never signed.")
    assert "sign_audit_to" in told.hint


def test_the_doctor_says_when_the_last_one_is_older_than_a_day_and_when_a_folder_was_not_reached(workspace, elsewhere) -> None:
    happen(NOW)
    sign_today(workspace, at=NOW)
    signed = last_signed()
    assert signed is not None

    assert check(workspace, NOW + DAY - timedelta(seconds=1)).verdict == "fine"
    old = check(workspace, NOW + DAY + timedelta(hours=3))
    assert (old.verdict, old.found) == ("look", f"event {signed.seq:,}, 1 days and 3 hours ago: older than a day.")

    elsewhere[1].rename(elsewhere[1].with_name("moved"))
    elsewhere[1].write_text("a file is in the way")
    sign_today(workspace, at=NOW + DAY)
    assert check(workspace, NOW + DAY).found.endswith("; 1 of 2 folders could not be reached.")


def test_what_came_since_the_last_signing_is_walked_before_it_is_signed(workspace, elsewhere) -> None:
    happen(NOW)
    sign_today(workspace, at=NOW)
    happen(NOW)
    unguard()
    AuditEvent.objects.filter(seq=AuditEvent.objects.count()).update(actor="x")

    with pytest.raises(audit.AuditBroken):
        sign_today(workspace, at=NOW + DAY)


def test_a_server_signs_each_day_as_it_sees_it_and_goes_on_after_what_stood_in_the_way(workspace, elsewhere, caplog) -> None:
    happen(NOW)
    for folder in elsewhere:
        folder.write_text("a file is in the way")
    clock = iter([NOW, NOW + timedelta(minutes=10), NOW + timedelta(minutes=20), NOW + DAY])
    pauses = iter([True, True, True, False])

    def pause() -> bool:
        for folder in elsewhere:
            if folder.is_file():
                folder.unlink()
        return next(pauses)

    keep_signing(workspace, clock=lambda: next(clock), pause=pause)

    assert [event.at for event in AuditEvent.objects.filter(action="audit_head_signed").order_by("seq")] == [
        NOW + timedelta(minutes=10),
        NOW + DAY,
    ]
    assert [record.getMessage() for record in caplog.records if record.name == "sightline.audit"] == [
        f"The end of the audit could not be signed ({EnvironmentProblem.code})."
    ]


def test_the_command_signs_once_and_prints_what_makes_a_machine_do_it(workspace, elsewhere) -> None:
    common = ("--workspace", str(workspace.root))

    def said(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["audit", *arguments, *common])
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    assert isinstance(CliRunner().invoke(app, ["audit", "sign", "--daily", *common]).exception, Refused)
    happen(NOW)
    assert "into the folders of settings.yml" in said("sign", "--daily", "--at", "2026-05-15T09:00")
    assert "was signed today already" in said("sign", "--daily", "--at", "2026-05-15T17:00")
    assert isinstance(CliRunner().invoke(app, ["audit", "sign", *common]).exception, InputRefused)
    written = schedule(workspace, Path("/opt/sight line/bin/sightline"))
    assert f"ExecStart='/opt/sight line/bin/sightline' audit sign --daily --workspace {workspace.root}\n" in written
    assert "OnCalendar=daily" in written
    assert "[Timer]" in said("schedule")
    (workspace.root / "settings.yml").unlink()
    with pytest.raises(NotFound, match="name no folder"):
        schedule(workspace, Path("sightline"))
    assert isinstance(CliRunner().invoke(app, ["audit", "sign", "--daily", *common]).exception, InputRefused)
