"""The commands of agreements, as somebody at a terminal uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from sightline.cli.main import app
from sightline.errors import InputRefused, NotFound
from tests.support.partnership import make_workspace
from tests.unit.test_agreements_in_force import agreement, agreements

AT = ("--at", "2026-05-15T09:00", "--by", "tester")


@pytest.fixture
def run(tmp_path, db):
    root = make_workspace(tmp_path, agreements=agreements()).root

    def command(*arguments: object, at: tuple[str, ...] = AT) -> Result:
        return CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(root), *at])

    return command


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_an_agreement_is_added_signed_suspended_resumed_and_withdrawn(run, tmp_path: Path) -> None:
    file = tmp_path / "second.yml"
    file.write_text(yaml.safe_dump({**agreement("police"), "title": "Second", "signatories": []}), encoding="utf-8")

    assert "Second (police_sharing@2) is draft." in said(run("agreements", "add", file))
    who = ("--party", "police", "--person", "A", "--role", "Chief officer")
    assert "Second (police_sharing@2) is in force." in said(run("agreements", "sign", "police_sharing", *who))
    assert "is suspended. Run `sightline publish`" in said(run("agreements", "suspend", "police_sharing", "--reason", "why"))
    assert "is in force." in said(run("agreements", "resume", "police_sharing", "--reason", "found"))
    assert "is withdrawn." in said(run("agreements", "withdraw", "police_sharing", "--reason", "over"))
    shown = said(run("agreements", "show", "police_sharing", at=AT[:2]))
    assert "2026-05-15 09:00 police_sharing@2 withdraw by tester: over" in shown
    who = ("--party", "not a party", "--person", "A", "--role", "Chief officer")
    assert isinstance(run("agreements", "sign", "police_sharing", *who).exception, NotFound)
    assert isinstance(run("agreements", "show", "nothing", at=AT[:2]).exception, NotFound)


def test_the_list_and_the_check_say_how_each_stands(run) -> None:
    listed = json.loads(run("agreements", "list", "--json", at=AT[:2]).output)["agreements"]
    assert {(each["id"], each["status"]) for each in listed} == {
        ("csc_sharing", "in_force"),
        ("police_sharing", "in_force"),
        ("voluntary_sharing", "in_force"),
    }
    assert "ends in 16 days" in said(run("agreements", "list", at=("--at", "2026-12-15T09:00")))
    assert "Education cannot share School census: No agreement covers" in said(run("agreements", "check", at=AT[:2]))


def test_can_share_says_yes_or_no_and_why_and_its_exit_code_says_so_too(run) -> None:
    ask = ("can-share", "--agency", "police", "--dataset", "police", "--to", "police", "--purpose", "scrutiny")

    yes = run(*ask, "--field", "flag.flag", at=AT[:2])
    no = run(*ask, "--field", "incident.incident_type", at=AT[:2])
    as_json = json.loads(run(*ask, "--tier", "operational", "--json", at=AT[:2]).output)

    assert "Yes, under police_sharing@1." in said(yes)
    assert no.exit_code == 6
    assert "incident.incident_type is not among the fields agreed." in " ".join(no.output.split())
    assert (as_json["allowed"], as_json["reasons"][0]["what"]) == (
        False,
        "It goes up to the strategic tier, and this is operational.",
    )
    assert isinstance(run(*ask, "--tier", "secret", at=AT[:2]).exception, InputRefused)
    assert isinstance(run(*ask, "--field", "flag.colour", at=AT[:2]).exception, InputRefused)
