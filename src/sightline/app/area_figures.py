"""The figures of areas to map by: sums of what a release shows of their wards, so that nothing is told but what it tells already.

Method page: docs/methods/areas-for-maps.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sightline.definitions.breakdowns import SEVERAL
from sightline.disclosure import ratios_of
from sightline.disclosure.areas import LEAST_ADDRESSES, LEAST_CHILDREN
from sightline.disclosure.gate import enough
from sightline.model.figures import Figure, NotAvailable, Released, Shown, Statistic, Withheld
from sightline.model.releases import IndicatorText, Release

WARD, AREA = "ward", "area"
AREA_TITLE = "Area of one or more wards"
NO_MEDIAN = NotAvailable("no median of several wards together")


@dataclass(frozen=True, slots=True)
class Areas:
    """The frozen areas of a family of indicators: code, words and wards of each."""

    family: str
    areas: tuple[tuple[str, str, tuple[str, ...]], ...]
    made_from: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, and as it is kept."""
        listed = [{"area": code, "words": words, "wards": list(wards)} for code, words, wards in self.areas]
        least = {"children": LEAST_CHILDREN, "addresses": LEAST_ADDRESSES}
        return {"family": self.family, "made_from": self.made_from, "at_least": least, "areas": listed}

    @property
    def of_wards(self) -> dict[str, str]:
        """Ward → its area."""
        return {ward: code for code, _, wards in self.areas for ward in wards}


def areas_from(told: Mapping[str, Any]) -> Areas:
    """The inverse of `Areas.as_dict`."""
    listed = tuple((each["area"], each["words"], tuple(each["wards"])) for each in told["areas"])
    return Areas(told["family"], listed, told["made_from"])


@dataclass(frozen=True)
class Mapped:
    """A release as one indicator is mapped by: ``by`` areas, whose figures it then has too, or wards. ``areas``: code, words, wards."""

    release: Release
    by: str
    areas: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    at_least: tuple[int, int] = (LEAST_CHILDREN, LEAST_ADDRESSES)
    """Children and addresses."""

    @property
    def put_together(self) -> int:
        """How many wards are in areas of several."""
        return sum(len(wards) for _, _, wards in self.areas if len(wards) > 1)


def mapped(release: Release, indicator: IndicatorText, areas: bytes | None) -> Mapped:
    """The release with the figures of the indicator's areas; by wards where every area is one, or none were made.

    Where one may stand in the rows of several wards, sums of wards are no count, and wards stay apart too.

    Args:
        release: As it is kept.
        indicator: One that it shows by ward.
        areas: The file of areas that is kept with it.
    """
    told = json.loads(areas) if areas else {"areas": [], "of": {}}
    family = told["of"].get(indicator.id)
    found = next((areas_from(each) for each in told["areas"] if each["family"] == family), None)
    if found is None or indicator.in_rows(WARD) == SEVERAL or all(len(wards) == 1 for _, _, wards in found.areas):
        return Mapped(release, WARD)
    figures = {figure.category: figure for figure in release.breakdown(indicator.id, WARD)}
    listed = dict(release.categories.get(WARD, ()))
    left = [ward for ward in (*listed, *figures) if ward not in found.of_wards]
    areas_now = (*found.areas, *((ward, listed.get(ward, ward), (ward,)) for ward in dict.fromkeys(left)))
    own = []
    for code, _, wards in areas_now:
        of = [figures[ward] for ward in wards if ward in figures]
        if of:
            own.append(replace(of[0], breakdown=AREA, category=code) if len(wards) == 1 else _together(of, code, indicator, told))
    categories = {**release.categories, AREA: tuple((code, words) for code, words, _ in areas_now)}
    titles = {**release.breakdown_titles, AREA: AREA_TITLE}
    more = replace(release, figures=(*release.figures, *own), categories=categories, breakdown_titles=titles)
    return Mapped(more, AREA, found.areas)


def _together(of: Sequence[Figure], code: str, indicator: IndicatorText, told: dict[str, list[str]]) -> Figure:
    """The figure of several wards."""
    count = _sum([figure.count for figure in of])
    outs = [figure.out_of for figure in of if figure.out_of is not None]
    out_of = None if not outs else outs[0] if indicator.id in told["out_of_all"] else _sum(outs)
    return Figure(indicator.id, of[0].period, AREA, code, count, out_of, _statistic(count, out_of, indicator))


def _sum(shown: Sequence[Shown]) -> Shown:
    """What is shown of all together: a number only where each is one; a sum of more of them may err by more."""
    numbers = [each for each in shown if isinstance(each, Released)]
    if len(numbers) == len(shown):
        return Released(sum(each.value for each in numbers), within=sum(each.within for each in numbers))
    return next((each for each in shown if isinstance(each, NotAvailable)), Withheld.WITHHELD)


def _statistic(count: Shown, out_of: Shown | None, indicator: IndicatorText) -> Statistic | Withheld | NotAvailable | None:
    """Made of the sums as the gate makes it of rounded numbers; withheld where too few stand behind it."""
    if indicator.is_median:
        return NO_MEDIAN
    if indicator.per is None:
        return None
    for each in (count, out_of):
        if isinstance(each, NotAvailable):
            return each
    if not (isinstance(count, Released) and isinstance(out_of, Released) and enough(count) and enough(out_of)):
        return Withheld.WITHHELD
    if indicator.per == 100 and count.value > out_of.value:
        return Withheld.WITHHELD
    (ratio,) = ratios_of(np.array([count.value], dtype=np.float64), np.array([out_of.value], dtype=np.float64), indicator.per)
    return ratio
