"""The areas that an indicator may be mapped by: made once from what the current release shows, and frozen in the ledger."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.app.publish_generation import current_generation
from sightline.app.releases import current_release
from sightline.app.tables import places_of
from sightline.app.workspace import Workspace
from sightline.definitions.indicators import Indicator
from sightline.disclosure.areas import LEAST_ADDRESSES, LEAST_CHILDREN, Unit, make_areas, touching
from sightline.disclosure.blackbox.implied import implied_by
from sightline.errors import Refused
from sightline.ledger.protection import partition_of, record_partition
from sightline.model.codes import NOT_RECORDED
from sightline.model.figures import Released
from sightline.model.releases import Release
from sightline.publish.maps import read_wards

AREA = "area"
AREA_TITLE = "Area of one or more wards"


class NoAreasYet(Refused):
    """An indicator has no areas, and there is no release to make them from."""

    code = "SL-APP-044"
    hint = "Make a release in which the indicator is counted by ward; areas are made from what it shows, never from true counts."


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


def family_of(indicator: Indicator) -> str:
    """Indicators that count the same thing are one family, and share their areas."""
    return indicator.numerator.measure


def areas_of(workspace: Workspace, indicator: Indicator, *, by: str, at: datetime) -> Areas:
    """The areas of an indicator's family; made and frozen the first time they are asked for.

    Raises:
        NoAreasYet: If they were never made, and no release shows the indicator by ward.
    """
    kept = partition_of(family_of(indicator))
    if kept is None:
        made = _make(workspace, indicator)
        digest = workspace.objects.put_bytes(json.dumps(made.as_dict(), ensure_ascii=False, sort_keys=True).encode())
        kept = record_partition(made.family, digest, by=by, at=at)
    told = json.loads(workspace.objects.get_bytes(kept.digest))
    listed = tuple((each["area"], each["words"], tuple(each["wards"])) for each in told["areas"])
    return Areas(told["family"], listed, told["made_from"])


def _make(workspace: Workspace, indicator: Indicator) -> Areas:
    release = current_release(workspace)
    shown = {} if release is None else _at_least(release, indicator.id)
    if release is None or not shown:
        raise NoAreasYet(f'No release shows "{indicator.id}" by ward.')
    places = places_of(workspace, current_generation(workspace))
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
    areas = tuple((_code(wards), " and ".join(names[ward] for ward in wards), wards) for wards in found)
    return Areas(family_of(indicator), areas, f"release {release.number}, {release.period}")


def _code(wards: tuple[str, ...]) -> str:
    return wards[0] if len(wards) == 1 else f"{wards[0]}+{len(wards) - 1}"


def _at_least(release: Release, indicator: str) -> dict[str, int]:
    """As many children as the release says there are in each ward at the least, in its headline quarter."""
    implied = implied_by(release.methods["disclosure"])
    return {
        figure.category: max(figure.count.value - implied.off, 0)
        for figure in release.breakdown(indicator, "ward")
        if isinstance(figure.count, Released) and figure.category != NOT_RECORDED
    }
