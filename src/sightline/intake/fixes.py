"""What would mend a finding, as far as the cells themselves tell it, with how sure that is. A suggestion is never carried out.

Confidence is a plain share: of the failing cells that the suggestion would make right, or how alike two spellings are. See
`docs/reference/findings.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from rapidfuzz import fuzz, process

from sightline.intake.cells.codes import CodeBook, normalise
from sightline.intake.cells.dates import read_date
from sightline.intake.sheets import letter_of
from sightline.model.findings import Fix

LOOKED_AT = 1000
"""Distinct cells looked at one by one: enough to be sure of a habit, few enough to be quick."""
ALIKE = 75.0
"""Two spellings at least this alike (0 to 100) may be the same word."""
WORTH_SAYING = 0.5
_OTHER = {
    "day_first": ("month_first", "month/day/year"),
    "month_first": ("day_first", "day/month/year"),
    "iso": ("day_first", "day/month/year"),
}
_PAIRS_SHOWN = 3


def nearest_codes(shown: Sequence[str], book: CodeBook | None) -> Fix | None:
    """The known code each unknown one is spelled most like; None where none comes near.

    Args:
        shown: The unknown codes that may be quoted.
        book: The codes that are known.
    """
    if book is None:
        return None
    pairs, sure = [], []
    for text in shown:
        found = process.extractOne(normalise(text), list(book.spellings), scorer=fuzz.ratio, score_cutoff=ALIKE)
        if found:
            spelling, score, _ = found
            common = book.spellings[spelling]
            pairs.append(f'"{text}" may mean "{book.values[common].title or common.replace("_", " ")}".')
            sure.append(score / 100)
    if not pairs:
        return None
    more = f" {len(pairs) - _PAIRS_SHOWN} more are near a known code." if len(pairs) > _PAIRS_SHOWN else ""
    return Fix(" ".join(pairs[:_PAIRS_SHOWN]) + more, round(min(sure[:_PAIRS_SHOWN]), 2))


def nearest_headers(absent: Sequence[str], unknown: Sequence[str]) -> Fix | None:
    """Which column that was not understood may be one that is missing."""
    known = {normalise(text): text for text in unknown}
    pairs, sure = [], []
    for header in absent:
        found = process.extractOne(normalise(header), list(known), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        if found:
            pairs.append(f'"{known[found[0]]}" may be "{header}".')
            sure.append(found[1] / 100)
    return Fix(" ".join(pairs[:_PAIRS_SHOWN]), round(min(sure), 2)) if pairs else None


def other_order(cells: pl.Series, order: str) -> Fix | None:
    """Whether dates that cannot be read are whole when day and month change places.

    Args:
        cells: Every given cell of the column, as text, those that can be read among them.
        order: The order they were read in.
    """
    distinct = cells.drop_nulls().unique(maintain_order=True).head(LOOKED_AT).to_list()
    other, words = _OTHER[order]
    fits = sum(read_date(text, other, False) is not None for text in distinct)
    share = fits / len(distinct) if distinct else 0.0
    if share < WORTH_SAYING:
        return None
    return Fix(
        f"The column is written {words}: every such date may be wrong, those that can be read too. "
        f'Export it as the format asks, or name its form under "formats" in the mapping.',
        round(min(share, 0.99), 2),
    )


def mistyped_years(days: pl.Series, first: date, last: date) -> Fix | None:
    """Whether dates far off come near when two digits of the year change places, or the century is mended."""
    distinct = days.drop_nulls().unique().head(LOOKED_AT).to_list()
    mended = sum(any(first.year <= year <= last.year for year in _near_years(day.year)) for day in distinct)
    share = mended / len(distinct) if distinct else 0.0
    if share < WORTH_SAYING:
        return None
    return Fix(
        "The year looks mistyped: with two digits exchanged, or another century, it falls in the expected span.", round(0.9 * share, 2)
    )


def _near_years(year: int) -> list[int]:
    text = f"{year:04d}"
    swapped = [text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(3)]
    return [int(one) for one in (*swapped, f"20{text[2:]}", f"19{text[2:]}") if one != text]


def exchanged_days(later: pl.Series, earlier: pl.Series) -> Fix | None:
    """Whether rows in which a later date stands before an earlier one come right when day and month of one change places."""
    pairs = [(one, two) for one, two in zip(later.head(LOOKED_AT), earlier.head(LOOKED_AT), strict=True) if one and two]
    right = sum(any(_follows(one, two) for one, two in ((_exchanged(late), early), (late, _exchanged(early)))) for late, early in pairs)
    share = right / len(pairs) if pairs else 0.0
    if share < WORTH_SAYING:
        return None
    return Fix("Day and month of one of the two dates may have changed places.", round(0.8 * share, 2))


def _exchanged(day: date) -> date | None:
    try:
        return day.replace(day=day.month, month=day.day)
    except ValueError:
        return None


def _follows(late: date | None, early: date | None) -> bool:
    return late is not None and early is not None and late >= early and late != _plain(early)


def _plain(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def move_back(position: int, last: int, offset: int, fit: float) -> Fix:
    """Cells that stand some columns beside their headers."""
    columns = f"{abs(offset)} column{'s' if abs(offset) > 1 else ''} to the {'left' if offset > 0 else 'right'}"
    return Fix(
        f"Move the cells of columns {letter_of(position + offset)} to {letter_of(last + offset)} {columns}.", round(min(fit, 0.99), 2)
    )
