"""Tables under a protection profile: tried or published, audited with all that readers have, or not made at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sightline.app import export_table as exporting
from sightline.app import table_rows
from sightline.app.areas import NoAreasYet, areas_of
from sightline.app.export_table import Exported, NotInProfile, export_table
from sightline.app.known_outside import TotalsContradict, known_totals
from sightline.app.protection_profiles import NotSignedOff
from sightline.app.release import make_release
from sightline.app.table_rows import CannotBeCounted
from sightline.app.workspace import Workspace
from sightline.cli.main import app
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.protection import load_profiles
from sightline.disclosure import published
from sightline.disclosure.cubes import Cube, CubeProblems, Dimension
from sightline.disclosure.primary import Behind
from sightline.disclosure.published import TableUnsafe, publish_under
from sightline.disclosure.records import every_table
from sightline.errors import InputRefused, NotFound
from sightline.indicators.crossed import NotBrokenDown
from sightline.ledger.models import AuditEvent, ProtectedTableRecord
from sightline.model.figures import Released, Withheld
from tests.support.few import count_few, few_indicators, no_analyses
from tests.support.partnership import NOW, Q1, Q4
from tests.support.tables_under_profiles import INDICATOR, signed, with_children

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
MANY = {("W01", "female"): 30, ("W01", "male"): 17, ("W02", "female"): 3, ("W02", "male"): 25}
Submit = Callable[..., object]


def use_few(monkeypatch: pytest.MonkeyPatch) -> None:
    count_few(monkeypatch)
    monkeypatch.setattr(table_rows, "load_catalogue", lambda own=None: replace(few_indicators(own), derived=load_catalogue().derived))
    monkeypatch.setattr(exporting, "load_analyses", no_analyses)


@pytest.fixture
def ready(workspace: Workspace, submit: Submit, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    use_few(monkeypatch)
    with_children(workspace, submit, MANY)
    signed(workspace, "operational", "strategic", "community", "dfe_export", "nhs_export")
    return workspace


def make(workspace: Workspace, profile: str, *by: str, folder: Path | None = None, at: datetime = LATER) -> Exported:
    return export_table(
        workspace, INDICATOR, breakdowns=by or ("ward", "sex"), profile=profile, period=Q1, publish_to=folder, by="tester", at=at
    )


def numbers(folder: Path, number: int = 1) -> dict[tuple[str, ...], str]:
    rows = list(csv.DictReader(io.StringIO((folder / f"table-{number}.csv").read_text(encoding="utf-8-sig"))))
    return {tuple(row[name] for name in row if not name.endswith("_words") and name not in ("count", "gaps")): row["count"] for row in rows}


def test_a_small_cell_is_withheld_with_what_would_tell_it_under_one_sign(ready: Workspace, tmp_path: Path) -> None:
    done = make(ready, "nhs_export", folder=tmp_path)

    told = numbers(tmp_path)
    assert told["W02", "female"] == "*"
    assert {told["W01", "female"], told["W01", "male"], told["W02", "male"]} == {"*"}  # two by two: nothing less protects it
    assert (told["W01", "all"], told["all", "male"], told["all", "not_recorded"]) == ("45", "40", "0")
    assert (done.withheld, done.table.number) == (4, 1)


def test_a_departments_totals_go_to_the_nearest_ten_and_its_parts_stay(ready: Workspace, tmp_path: Path) -> None:
    make(ready, "dfe_export", "sex", folder=tmp_path)

    assert numbers(tmp_path) == {("female",): "33", ("male",): "42", ("not_recorded",): "0", ("all",): "80"}


def test_the_community_gets_tens_that_add_up_by_frozen_areas_and_no_zero(ready: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotInProfile, match="no area finer than area; ward is"):
        make(ready, "community", "ward")
    with pytest.raises(NoAreasYet):
        make(ready, "community", "area")
    make_release(ready, period=Q1, by="tester", at=NOW)

    make(ready, "community", "area", "sex", folder=tmp_path)

    told = numbers(tmp_path)
    value = {cell: 0 if shown == "0-9" else int(shown) for cell, shown in told.items()}
    assert {each % 10 for each in value.values()} == {0}
    areas = {cell[0] for cell in value} - {"all"}
    assert value["all", "all"] == sum(value[area, "all"] for area in areas)
    assert told["all", "not_recorded"] == "0-9"
    page = (tmp_path / "table-1.html").read_text()
    assert "0 to 9" in page
    assert "sums agree" in page


def test_areas_are_made_of_what_a_release_shows_and_never_move(ready: Workspace, submit: Submit) -> None:
    make_release(ready, period=Q1, by="tester", at=NOW)
    indicator = table_rows.indicator_to_count(ready, INDICATOR)[1]

    made = areas_of(ready, indicator, by="tester", at=NOW)
    with_children(ready, submit, {("W01", "male"): 2}, at=NOW + timedelta(days=1))
    make_release(ready, period=Q1, by="tester", at=NOW + timedelta(days=2))

    assert [wards for _, _, wards in made.areas] == [("W01", "W02")]  # one postcode: too few addresses for an area of its own
    assert areas_of(ready, indicator, by="tester", at=NOW + timedelta(days=3)) == made


def test_trying_writes_nothing_and_needs_no_sign_off(ready: Workspace, tmp_path: Path) -> None:
    done = make(ready, "opensafely_like", "sex")

    assert not done.is_published
    assert done.withheld == 2
    assert not ProtectedTableRecord.objects.exists()
    with pytest.raises(NotSignedOff, match="opensafely_like"):
        make(ready, "opensafely_like", "sex", folder=tmp_path)
    assert not list(tmp_path.glob("table*"))


def test_a_published_table_is_in_the_ledger_before_it_is_in_anybodys_hands(ready: Workspace, tmp_path: Path) -> None:
    make(ready, "nhs_export", folder=tmp_path)

    kept = ProtectedTableRecord.objects.get()
    assert (kept.number, kept.profile, kept.breakdowns) == (1, "nhs_export", ["ward", "sex"])
    assert all(ready.objects.has(digest) for digest in (kept.digest, kept.released, kept.truth))
    event = AuditEvent.objects.order_by("-seq").first()
    assert event is not None
    assert (event.action, event.object) == ("table_published", "table 1")


def test_a_table_that_the_auditor_can_work_out_is_not_written(ready: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless:
        def __init__(self, mask: object) -> None:
            self.mask, self.certificates = mask, ()

    monkeypatch.setattr(published, "suppress", lambda cube, marked, **_: Careless(marked))

    with pytest.raises(TableUnsafe) as told:
        make(ready, "operational", folder=tmp_path)

    assert 'ward "W02", sex "female" could be worked out (subtraction)' in str(told.value)
    assert "3" not in str(told.value).replace("SL-DIS-006", "")
    assert not ProtectedTableRecord.objects.exists()
    assert not list(tmp_path.glob("table*"))


def test_what_a_profile_does_not_allow_is_refused(ready: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotInProfile, match="no area finer than council"):
        make(ready, "dfe_export", "ward")
    with pytest.raises(NotBrokenDown, match="ethnic_group"):
        make(ready, "strategic", "ethnic_group")
    with pytest.raises(NotFound, match="no protection profile"):
        make(ready, "none_such")
    monkeypatch.setattr(table_rows, "load_catalogue", load_catalogue)
    with pytest.raises(NotInProfile, match="people who cause harm"):
        export_table(ready, "suspects_under_18", breakdowns=(), profile="community", period=Q1, by="tester", at=LATER)
    with pytest.raises(CannotBeCounted, match="do not reach back"):
        export_table(ready, INDICATOR, breakdowns=(), profile="strategic", period=Q4, by="tester", at=LATER)


def test_siblings_count_as_one_family_where_the_profile_says_so(
    workspace: Workspace, submit: Submit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_few(monkeypatch)
    counts = {("W01", "female"): 5, ("W01", "male"): 40, ("W02", "female"): 30, ("W02", "male"): 25}
    with_children(workspace, submit, counts, siblings=[(0, 1)])
    signed(workspace, "operational", "nhs_export")

    make(workspace, "operational", "sex", "ward", folder=tmp_path)

    assert numbers(tmp_path)["female", "W01"] == "withheld"  # five children, four families


# With what readers have already


def test_with_a_release_that_prints_none_and_a_few_alike_none_is_withheld_too(ready: Workspace, tmp_path: Path) -> None:
    make_release(ready, period=Q1, by="tester", at=NOW)

    done = make(ready, "nhs_export", folder=tmp_path)

    assert done.audited_with == 1
    assert numbers(tmp_path)["all", "not_recorded"] == "*"


def test_a_later_release_does_not_tell_what_it_and_a_table_would_tell_together(ready: Workspace, tmp_path: Path) -> None:
    make(ready, "nhs_export", folder=tmp_path, at=NOW - timedelta(hours=1))

    release, _ = make_release(ready, period=Q1, by="tester", at=LATER)

    shown = {
        (each.breakdown, each.category): each.count for each in release.figures if (each.indicator, each.period) == (INDICATOR, str(Q1))
    }
    assert isinstance(shown["ward", "W01"], Released)
    assert not [count for place, count in shown.items() if count is Withheld.WITHHELD and place[0] in ("all", "ward")]


def test_two_tables_of_the_same_children_are_audited_as_one(ready: Workspace, tmp_path: Path) -> None:
    make(ready, "nhs_export", "ward", "sex", folder=tmp_path)

    again = make(ready, "nhs_export", "sex", "age_band", folder=tmp_path, at=LATER + timedelta(minutes=1))

    assert (again.table.number, again.audited_with) == (2, 1)


def test_a_table_of_later_records_does_not_show_how_few_were_added(ready: Workspace, submit: Submit, tmp_path: Path) -> None:
    make(ready, "operational", folder=tmp_path)
    with_children(ready, submit, MANY | {("W01", "male"): 19}, at=NOW + timedelta(days=1))

    make(ready, "operational", folder=tmp_path, at=NOW + timedelta(days=2))

    before, after = numbers(tmp_path, 1), numbers(tmp_path, 2)
    assert before["W01", "male"] == "17"
    assert after["W01", "male"] == "withheld"
    exact = {cell: (before[cell], after[cell]) for cell in before if before[cell].isdigit() and after[cell].isdigit()}
    assert not [pair for pair in exact.values() if 0 < abs(int(pair[0]) - int(pair[1])) < 10]


# With what others publish


def known(workspace: Workspace, *rows: str) -> None:
    lines = ["indicator,quarter,breakdown,category,value,within,source", *rows]
    (workspace.root / "partnership" / "known_totals.csv").write_text("\n".join(lines), encoding="utf-8")


def test_a_total_that_others_publish_is_taken_into_account(ready: Workspace, tmp_path: Path) -> None:
    known(ready, f"{INDICATOR},2026-Q1,ward,W02,28,0,Department for Education table C1")

    make(ready, "operational", folder=tmp_path)

    told = numbers(tmp_path)
    assert told["W02", "male"] == "withheld"  # 28 less what is shown of the boys would be the girls


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("all,all,75,0,Department A", "all,all,90,5,Department B"), "Department A and Department B contradict each other"),
        (("all,all,75,0,Department A", "ward,W01,90,5,Police site"), "Department A gives less"),
    ],
)
def test_contradictory_totals_are_told_by_their_sources(workspace: Workspace, rows: tuple[str, ...], says: str) -> None:
    known(workspace, *(f"{INDICATOR},2026-Q1,{row}" for row in rows))

    with pytest.raises(TotalsContradict, match=says):
        known_totals(workspace)


def test_a_total_that_is_not_what_was_counted_is_told_by_its_source(ready: Workspace) -> None:
    known(ready, f"{INDICATOR},2026-Q1,all,all,90,5,Department A")

    with pytest.raises(CubeProblems, match="Department A gives the total a number that this cube does not count"):
        make(ready, "operational")


@pytest.mark.parametrize("row", ["all,all,many,0,A", "all,all,-1,0,A", "all,all,3,-2,A"])
def test_a_total_that_is_no_number_is_told_with_its_row(workspace: Workspace, row: str) -> None:
    known(workspace, f"{INDICATOR},2026-Q1,{row}")

    with pytest.raises(InputRefused, match="row 2"):
        known_totals(workspace)


def test_a_place_with_one_home_is_never_shown(ready: Workspace, tmp_path: Path) -> None:
    (ready.root / "partnership" / "single_homes.csv").write_text("breakdown,category\nward,W01\n", encoding="utf-8")

    make(ready, "nhs_export", "ward", folder=tmp_path)

    assert numbers(tmp_path)["W01",] == "*"


def test_the_command_makes_the_same_bytes_again(ready: Workspace, tmp_path: Path) -> None:
    def run(folder: Path) -> dict[str, object]:
        options = ["--profile", "strategic", "--period", "2026-Q1", "--breakdown", "ward", "--publish", str(folder)]
        common = ["--workspace", str(ready.root), "--json", "--by", "tester", "--at", "2026-05-15T10:00"]
        done = CliRunner().invoke(app, ["export-table", INDICATOR, *options, *common])
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    assert run(tmp_path / "one")["published"]
    run(tmp_path / "two")
    one, two = ((tmp_path / folder / f"table-{n}.csv").read_bytes() for n, folder in enumerate(("one", "two"), 1))
    assert one == two


# The community tier


def test_two_worlds_that_differ_by_one_child_may_look_the_same_to_the_community() -> None:
    """For every cell there are keys under which one child more changes no byte: what is shown does not tell the two apart."""
    dimensions = (Dimension("ward", ("a", "b"), kind="geography"), Dimension("sex", ("f", "m")))
    profile = load_profiles()["community"]

    def printed(counts: list[int], key: int) -> bytes:
        atoms = np.array(counts, dtype=np.int64).reshape(2, 2)
        cube = Cube("worlds", dimensions, atoms, served=every_table(dimensions))
        return publish_under(profile, cube, Behind(), key=key.to_bytes(16, "big")).shown.tobytes()

    for place in range(4):
        world = [13, 4, 27, 8]
        other = [count + (at == place) for at, count in enumerate(world)]
        assert any(printed(world, key) == printed(other, key) for key in range(20))
