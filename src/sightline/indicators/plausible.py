"""What no true count can be: a part that is more than the whole it is a percentage of. Nothing is published from such a definition."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.indicators import Catalogue
from sightline.errors import ExitCode, Place, Refused

_MOST_NAMED = 5


class MoreThanAll(Refused):
    """An indicator counts more than what it is out of: its numerator holds something that its denominator does not."""

    code = "SL-IND-001"
    hint = "Let the denominator's measure return everything that the numerator's does; nothing was counted or published."
    exit_code = ExitCode.REFUSED


def check_shares(cells: pa.Table, catalogue: Catalogue) -> None:
    """Refuse cells among which a percentage would be more than 100; which quarter and breakdown is said, how many is not.

    Raises:
        MoreThanAll: Naming every indicator of which this is so, where it is written, its quarters and breakdowns.
    """
    proportions = [each.id for each in catalogue.indicators if each.statistic == "proportion"]
    is_more = pc.and_(
        pc.is_in(cells.column("indicator"), value_set=pa.array(proportions, pa.string())),
        pc.fill_null(pc.greater(cells.column("numerator"), cells.column("denominator")), False),
    )
    found = cells.filter(is_more).select(["indicator", "period", "breakdown"]).to_pylist()
    if not found:
        return
    where: dict[str, dict[str, None]] = {}
    for row in found:
        by = "in all" if row["breakdown"] == "all" else f"by {row['breakdown']}"
        where.setdefault(row["indicator"], {})[f"{row['period']} {by}"] = None
    lines = "".join(f"\n  {_line(id, list(places), catalogue.places.get(id))}" for id, places in where.items())
    raise MoreThanAll(f"{len(where)} indicator{'s count' if len(where) != 1 else ' counts'} more than it is out of:{lines}\n")


def _line(id: str, places: list[str], place: Place | None) -> str:
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    return f"{place or id}: {id} in {', '.join(places[:_MOST_NAMED])}{more}."
