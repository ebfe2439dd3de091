"""docs/how-to/add-an-indicator.md, followed to the letter: what it shows loads, passes the check and counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.app.publish_generation import publish_generation
from sightline.app.receipts import Receipt
from sightline.app.release import make_release
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.definitions.catalogue import load_catalogue
from sightline.model.figures import Released
from tests.support.few import count_few
from tests.support.partnership import NOW, Q1, link_everybody

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-an-indicator.md"
FILE = re.compile(r"^`([a-z]+/[a-z_]+\.(?:sql|yml))`\n\n```(?:sql|yaml)\n(.*?)```", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"```yaml\n(key_indicators:.*?)```", re.DOTALL)
COMMAND = re.compile(r"^sightline (indicators .*)$", re.MULTILINE)
"""Files and commands as the page gives them."""


def follow(folder: Path, partnership: Path) -> None:
    """Write every file that the page shows into a partnership's folder, and add the choice of five to its ``partnership.yml``."""
    text = PAGE.read_text(encoding="utf-8")
    for name, content in FILE.findall(text):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    chosen = KEY.search(text)
    assert chosen is not None
    (folder / "partnership.yml").write_text(partnership.read_text(encoding="utf-8") + chosen[1], encoding="utf-8")


@pytest.fixture
def ready(workspace: Workspace, submit: Callable[..., Receipt]) -> Workspace:
    """A workspace whose schools made 15 of 24 referrals."""
    rows = [{"local_id": str(n), "received_on": "2026-02-03", "source": "school" if n < 15 else "police"} for n in range(24)]
    submit(period=Q1, referral=rows)
    generation = publish_generation(workspace, by="tester", at=NOW)
    link_everybody(workspace, generation.number, children=24)
    return workspace


@pytest.mark.django_db
def test_the_page_followed_to_the_letter_loads_checks_and_counts(ready: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "my-partnership"
    mine.mkdir()
    follow(mine, ready.root / "partnership" / "partnership.yml")
    monkeypatch.chdir(tmp_path)
    check, invented, attempt = COMMAND.findall(PAGE.read_text(encoding="utf-8"))
    assert check.split() == ["indicators", "check", "my-partnership"]
    assert invented.split()[-2:] == ["--keep-in", "tried"]

    checked = CliRunner().invoke(app, check.split())
    tried = CliRunner().invoke(app, attempt.replace("demo/workspace", str(ready.root)).split())

    assert checked.exit_code == 0, checked.output
    assert "1 of them your own (referrals_from_schools)" in checked.stdout
    assert tried.exit_code == 0, tried.output
    assert "Referrals that schools made, January to March 2026: 15 of 25, 60%" in tried.stdout
    assert "withheld" in tried.stdout


@pytest.mark.django_db
def test_a_partnerships_own_indicator_and_its_five_travel_into_the_release(ready: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    count_few(monkeypatch)
    folder = ready.root / "partnership"
    follow(folder, folder / "partnership.yml")
    release, _ = make_release(Workspace.open(ready.root), period=Q1, by="tester", at=NOW)

    text = release.indicator("referrals_from_schools")
    figure = release.series("referrals_from_schools")[-1]
    assert figure is not None
    assert (figure.count, figure.out_of) == (Released(15), Released(25))
    assert (text.key, text.key_reason) == (True, "Schools asked us to follow it with them.")
    key = [each.id for each in release.indicators if each.key]
    assert (key[0], len(key)) == ("referrals_from_schools", 5)
    assert "referrals_from_schools" not in {each.id for each in load_catalogue().indicators}
