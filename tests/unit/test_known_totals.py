"""Totals that others publish are given to the auditor of a release, and stop it where they contradict it or tell too much with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.app.known_outside import TotalsContradict, of_a_release, read_totals
from sightline.disclosure import ToRelease, protect_release
from sightline.disclosure.release_audit import ReleaseUnsafe
from sightline.model.figures import Cell
from tests.support.cubes import KEY

HEAD = "indicator,quarter,breakdown,category,value,within,source"


def totals(folder: Path, *rows: str):
    path = folder / "known_totals.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    return read_totals(path)


def cells(*wards: int) -> list[Cell]:
    whole = Cell("concern", "2026-Q1", "all", "all", sum(wards), None, sum(wards))
    return [whole, *(Cell("concern", "2026-Q1", "ward", f"W{n}", count, None, count) for n, count in enumerate(wards))]


def test_a_total_that_tells_too_much_with_the_release_stops_it(tmp_path: Path) -> None:
    counted = cells(1, 0)
    known = of_a_release(totals(tmp_path, "concern,2026-Q1,all,all,1,0,Department"), counted)

    assert protect_release(ToRelease(counted), key=KEY).figures
    with pytest.raises(ReleaseUnsafe, match=r"ward W0.*placed within fewer") as told:
        protect_release(ToRelease(counted), key=KEY, known=known)
    assert "known_totals.csv" in str(told.value)


def test_a_total_that_leaves_room_changes_nothing(tmp_path: Path) -> None:
    counted = cells(30, 4, 20, 3)
    known = of_a_release(totals(tmp_path, "concern,2026-Q1,all,all,60,10,Department"), counted)

    assert protect_release(ToRelease(counted), key=KEY, known=known).figures == protect_release(ToRelease(counted), key=KEY).figures


def test_a_total_that_is_not_what_was_counted_is_named_with_its_source(tmp_path: Path) -> None:
    with pytest.raises(TotalsContradict, match='Police site gives concern, 2026-Q1, ward "W0" a number that is not what was counted'):
        of_a_release(totals(tmp_path, "concern,2026-Q1,ward,W0,40,2,Police site"), cells(30, 4))


def test_totals_of_other_figures_are_nobodys_business(tmp_path: Path) -> None:
    assert of_a_release(totals(tmp_path, "other,2026-Q1,all,all,40,2,Police site"), cells(30, 4)) == {}
