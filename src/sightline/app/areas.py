"""The areas that an indicator may be mapped by: made once from what the current release shows, and frozen in the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sightline.app.area_figures import Areas, areas_from
from sightline.app.geography import Places
from sightline.app.publish_generation import current_generation
from sightline.app.releases import current_release
from sightline.app.tables import places_of
from sightline.app.workspace import Workspace
from sightline.definitions.indicators import Indicator
from sightline.disclosure.areas import LEAST_CHILDREN, Unit, make_areas, touching
from sightline.disclosure.blackbox.implied import implied_by
from sightline.errors import Refused
from sightline.ledger.protection import partition_of, record_partition
from sightline.model.codes import NOT_RECORDED
from sightline.model.figures import Released
from sightline.model.releases import Release
from sightline.publish.maps import read_wards

CHILDREN = "children"
ALL_WARDS = "All wards together"


class NoAreasYet(Refused):
    """An indicator has no areas, and there is no release to make them from."""

    code = "SL-APP-044"
    hint = "Make a release in which the indicator is counted by ward; areas are made from what it shows, never from true counts."


def family_of(indicator: Indicator) -> str:
    """Indicators that count the same thing are one family, and share their areas."""
    return indicator.numerator.measure


def areas_of(workspace: Workspace, indicator: Indicator, *, by: str, at: datetime) -> Areas:
    """The areas of an indicator's family; made and frozen the first time they are asked for.

    Raises:
        NoAreasYet: If they were never made, and no release shows the indicator by ward.
    """
    kept = _kept(workspace, family_of(indicator))
    if kept is not None:
        return kept
    release = current_release(workspace)
    made = None if release is None else _make(release, indicator, places_of(workspace, current_generation(workspace)))
    if made is None:
        raise NoAreasYet(f'No release shows "{indicator.id}" by ward.')
    freeze(workspace, [made], by=by, at=at)
    return _kept(workspace, made.family) or made


def freeze(workspace: Workspace, made: Iterable[Areas], *, by: str, at: datetime) -> None:
    """Keep areas for good; if somebody froze areas of the same family meanwhile, theirs hold."""
    for each in made:
        digest = workspace.objects.put_bytes(json.dumps(each.as_dict(), ensure_ascii=False, sort_keys=True).encode())
        record_partition(each.family, digest, by=by, at=at)


def _kept(workspace: Workspace, family: str) -> Areas | None:
    kept = partition_of(family)
    return None if kept is None else areas_from(json.loads(workspace.objects.get_bytes(kept.digest)))


@dataclass(frozen=True, slots=True)
class AreasOfRelease:
    """By which areas a release is mapped, as the file that is kept with it; ``new`` are to be frozen when it is written."""

    content: bytes
    new: tuple[Areas, ...]


def areas_of_release(
    workspace: Workspace, release: Release, indicators: Iterable[Indicator], places: Places, *, out_of_all: Iterable[str]
) -> AreasOfRelease:
    """The areas of every indicator that a release shows by ward: those frozen before, and new ones made of what it shows itself.

    Args:
        workspace: Where frozen ones are kept.
        release: About to be written.
        indicators: Their definitions.
        places: Wards and their outlines.
        out_of_all: Indicators whose figures by ward are out of the whole area's number.
    """
    families: dict[str, Areas] = {}
    new, of = [], {}
    known = {each.id: each for each in indicators}
    for each in release.indicators:
        indicator = known.get(each.id)
        if indicator is None or "ward" not in each.breakdowns:
            continue
        family = family_of(indicator)
        found = families.get(family) or _kept(workspace, family)
        if found is None and (found := _make(release, indicator, places)) is not None:
            new.append(found)
        if found is not None:
            families[family], of[each.id] = found, family
    told = {
        "areas": [families[family].as_dict() for family in sorted(families)],
        "of": of,
        "out_of_all": sorted(set(out_of_all) & of.keys()),
    }
    return AreasOfRelease(json.dumps(told, ensure_ascii=False, sort_keys=True).encode(), tuple(new))


def _make(release: Release, indicator: Indicator, places: Places) -> Areas | None:
    shown = _at_least(release, indicator)
    if not shown:
        return None
    names = dict(zip(places.wards.column("ward").to_pylist(), places.wards.column("ward_name").to_pylist(), strict=True))
    councils = dict(zip(names, places.wards.column("council").to_pylist(), strict=True)) if "council" in places.wards.column_names else {}
    addresses = Counter(places.postcodes.column("ward").to_pylist())
    outlines = {ward.code: ward for ward in read_wards(places.wards_geojson)}
    centres = {code: ward.corners() for code, ward in outlines.items()}
    units = [
        Unit(
            code,
            shown.get(code, 0),
            addresses[code],
            ((centres[code][0] + centres[code][2]) / 2, (centres[code][1] + centres[code][3]) / 2) if code in centres else (0.0, 0.0),
            councils.get(code) or "",
        )
        for code in names
    ]
    found = make_areas(units, touching({code: ward.rings for code, ward in outlines.items()}))
    areas = tuple(
        (_code(wards), ALL_WARDS if 1 < len(wards) == len(names) else _listed([names[ward] for ward in wards]), wards) for wards in found
    )
    return Areas(family_of(indicator), areas, f"release {release.number}, {release.period}")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(each for each in (", ".join(names[:-1]), names[-1]) if each)


def _code(wards: tuple[str, ...]) -> str:
    return wards[0] if len(wards) == 1 else f"{wards[0]}+{len(wards) - 1}"


def _at_least(release: Release, indicator: Indicator) -> dict[str, int]:
    """As many children as the release says there are in each ward at the least, in its headline quarter.

    Where it counts something else than children, ten of it are shown of ten children at least (the gate withholds others), fewer of one.
    """
    implied = implied_by(release.methods["disclosure"])
    least = {
        figure.category: max(figure.count.value - implied.off, 0)
        for figure in release.breakdown(indicator.id, "ward")
        if isinstance(figure.count, Released) and figure.category != NOT_RECORDED
    }
    if indicator.unit == CHILDREN:
        return least
    return {ward: LEAST_CHILDREN if number >= LEAST_CHILDREN else min(number, 1) for ward, number in least.items()}
