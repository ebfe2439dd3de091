"""`check --show-values` prints unknown codes to whoever holds the file, and nothing about the person, and nowhere else."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from sightline.cli.main import app
from tests.support.intake import GOOD, MAPPING


@pytest.fixture
def checked(tmp_path):
    (tmp_path / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    spoilt = GOOD.replace("01/03/2012,F", "01/03/2012,Amelie").replace("MFH,Low\n", "MFH,seen by worker\n", 1)
    (tmp_path / "missing.csv").write_text(spoilt, encoding="utf-8")

    def run(*options: str) -> str:
        arguments = ["check", str(tmp_path / "missing.csv"), "--mapping", str(tmp_path / "mapping.yml"), "--period", "2026-Q1", "-q"]
        answer = CliRunner().invoke(app, [*arguments, *options])
        assert answer.exit_code == 0, answer.output
        return answer.output

    return run


def test_an_unknown_text_is_shown_on_the_screen_only_when_asked_for(checked, tmp_path):
    report = tmp_path / "findings.json"

    assert "seen by worker" not in checked()
    assert "missing.csv, Grade: seen by worker" in checked("--show-values", "--report", str(report))
    assert "seen by worker" not in report.read_text()
    assert "SL-INT-024" in report.read_text()


def test_a_column_about_the_person_is_never_shown(checked):
    assert "Amelie" not in checked("--show-values")


def test_json_holds_no_values_even_when_they_are_asked_for(checked):
    told = checked("--show-values", "--json")

    assert "seen by worker" not in told
    assert json.loads(told)["findings"]
