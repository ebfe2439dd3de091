"""The bundle of a release for the community: its figures rounded on to 10, as pages, CSV and JSON that open without a network.

Made of what the release shows and of nothing else, so that it tells nothing that the release does not. It needs the protection lead's
sign-off of the profile, is attacked as somebody who holds it could, and is kept in the ledger, so that later releases are attacked with it.

Method page: docs/methods/community-bundle.md.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sightline.app.area_figures import AREA, WARD, mapped
from sightline.app.attack_files import attack_json
from sightline.app.attack_release import SEED, AttackReport, report_of
from sightline.app.known_outside import known_totals
from sightline.app.protection_profiles import insist_on_sign_off
from sightline.app.release_ledger import read_ledger, write_ledger
from sightline.app.releases import current_release, every_release, read_attachment, release_by_number
from sightline.app.report_files import write_files
from sightline.app.workspace import Workspace
from sightline.definitions.breakdowns import SEVERAL
from sightline.definitions.protection import ProtectionProfile, profile_by_id
from sightline.disclosure import METHOD, ratios_of
from sightline.disclosure.blackbox.held import COUNT, OUT_OF, Held, Numbers, Text, hold_figures
from sightline.disclosure.blackbox.implied import COMMUNITY, implied_by
from sightline.disclosure.blackbox.on_pictures import page_texts
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.disclosure.blackbox.outcome import Name
from sightline.disclosure.coarser import COARSE, MORE, to_tens
from sightline.errors import NotFound, Refused
from sightline.ledger.bundles import bundle_record, bundles_before, next_bundle_number, record_bundle, same_bundle
from sightline.model.figures import Figure, NotAvailable, Ratio, Released, Shown, Withheld
from sightline.model.releases import IndicatorText, Release
from sightline.publish.attachments import AREAS
from sightline.publish.community_bundle import ENOUGH, Bundle, bundle_files

PROFILE = "community"
TOTAL = "all"
BREAKDOWNS = ("age_band", "sex", "ethnicity")
"""By what figures are told besides areas: of the child, each with a number for everybody."""
WITHIN_OF_NONE, WITHIN = 9, 14
"""How far a number lies from the true one, of a release that shows each within 4: shown as none or a few, or as any other."""
_WITHOUT_A_CLOCK = (1980, 1, 1, 0, 0, 0)


class BundleGivesAway(Refused):
    """Somebody who holds nothing but the bundle could work out of it what it should hide."""

    code = "SL-APP-046"
    hint = "Nothing was handed out. What is named was worked out by the attack before it; tell the maintainers which attack it was."


class NotForBundles(Refused):
    """A release, or the rules it is to be told by, is not one that bundles for the community are made of."""

    code = "SL-APP-047"
    hint = "Make a release with this version of Sightline, and leave the community profile rounded to 10, by areas."


@dataclass(frozen=True)
class HandedOut:
    """A bundle: its number, its files by name, what was tried on it, and where it was written."""

    number: int
    release: int
    files: Mapping[str, bytes]
    tried: int
    written: tuple[Path, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"bundle": self.number, "release": self.release, "attacks": self.tried, "files": [str(path) for path in self.written]}


def export_bundle(workspace: Workspace, *, release_number: int | None = None, folder: Path, by: str, at: datetime) -> HandedOut:
    """Make the bundle of a release (the current one unless a number is given), keep it, and write its files.

    Made once for each release and version of the profile: asked for again, the same files are written.

    Raises:
        NotFound: If there is no such release.
        Refused: If it was withdrawn.
        NotForBundles: If it was rounded by another method, or the profile is another than the method knows.
        NotSignedOff: If no protection lead signed the profile off as it is worded.
        BundleGivesAway: If any attack finds something in it.
        EnvironmentProblem: If the folder cannot be written.
    """
    profile = profile_by_id(PROFILE, workspace.root / "partnership")
    release = _release(workspace, release_number)
    _refuse_others(profile, release)
    insist_on_sign_off(profile)
    kept = same_bundle(release.number, (profile.id, profile.version))
    if kept is None:
        made = _made(workspace, release, profile, _shown_before(workspace, at), at=at)
        report = _attacked(workspace, made, at)
        objects = tuple(
            workspace.objects.put_bytes(each)
            for each in (_zipped(bundle_files(made.bundle)), write_ledger(made.worked), attack_json(report))
        )
        number = next_bundle_number()
        record_bundle(
            number,
            release=release.number,
            profile=(profile.id, profile.version),
            objects=(objects[0], objects[1], objects[2]),
            by=by,
            at=at,
        )
    else:
        number = kept.number
    files, tried = files_of_bundle(workspace, number), len(_attacks_of(workspace, number))
    # Only now: what readers hold is in the ledger before it is in anybody's hands.
    name = f"community-{release.period}-release-{release.number}"
    contents = {f"{name}/{file}": content for file, content in files.items()} | {f"{name}.zip": _zipped(files)}
    return HandedOut(number, release.number, files, tried, tuple(write_files(folder, contents)))


def files_of_bundle(workspace: Workspace, number: int) -> dict[str, bytes]:
    """The files of a bundle that was made, by their names: what output checking lets leave.

    Raises:
        NotFound: If there is no such bundle.
    """
    with zipfile.ZipFile(io.BytesIO(zip_of_bundle(workspace, number))) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def zip_of_bundle(workspace: Workspace, number: int) -> bytes:
    """The same as one file, byte for byte as it was made.

    Raises:
        NotFound: If there is no such bundle.
    """
    return workspace.objects.get_bytes(bundle_record(number).digest)


def _attacks_of(workspace: Workspace, number: int) -> list[Mapping[str, Any]]:
    told = json.loads(workspace.objects.get_bytes(bundle_record(number).attack))
    return [each for each in told["attacks"] if each["tried"]]


def _release(workspace: Workspace, number: int | None) -> Release:
    if number is not None:
        found: Release | None = release_by_number(workspace, number)
    else:
        found = current_release(workspace)
    if found is None:
        raise NotFound("There is no release yet.", hint="Make one with `sightline release`.")
    if any(each.number == found.number and each.withdrawn_at for each in every_release()):
        raise Refused(f"Release {found.number} was withdrawn.", hint="Hand out the current release.")
    return found


def _refuse_others(profile: ProtectionProfile, release: Release) -> None:
    rules = profile.rules
    if release.methods.get("disclosure") != METHOD:
        raise NotForBundles(f"Release {release.number} was made safe by another method.")
    base = rules.base.value if rules.base else None
    if base != COARSE or rules.zeros.value != "with_small" or rules.finest_area.value != AREA:
        raise NotForBundles(f'The profile "{profile.id}" is not rounded to {COARSE} by areas, with none and a few alike.')


# Making it


@dataclass(frozen=True)
class _Made:
    bundle: Bundle
    worked: Worked


def _shown_before(workspace: Workspace, at: datetime) -> dict[Name, int]:
    """What bundles made before an instant showed last of each number: it stays while it can."""
    found: dict[Name, int] = {}
    for bundle in bundles_before(at):
        told = read_ledger(workspace.objects.get_bytes(bundle.released), title=f"bundle {bundle.number}").held.numbers
        found |= {name: number for name, number in told.items() if number is not None}
    return found


def _made(workspace: Workspace, release: Release, profile: ProtectionProfile, before: Mapping[Name, int], *, at: datetime) -> _Made:
    areas = read_attachment(workspace, release, AREAS) if AREAS in release.attachments else None
    chosen = [each for each in release.indicators if profile.may_tell(each.id)]
    figures: list[Figure] = []
    categories = dict(release.categories)
    for indicator in chosen:
        shapes = mapped(release, indicator, areas)
        # Where wards need no putting together they are areas; where they must stay apart, the community is told none.
        by_area = AREA if shapes.by == AREA else WARD if areas and indicator.in_rows(WARD) != SEVERAL else ""
        if shapes.by == AREA:
            categories[f"{AREA} {indicator.id}"] = shapes.release.categories[AREA]
        figures += _figures(shapes.release, indicator, by_area, before, key=workspace.rounding_key)
    rules = tuple((name, str(rule.value), rule.in_force_from.isoformat(), rule.source) for name, rule in profile.all_rules())
    bundle = Bundle(
        release=replace(release, figures=tuple(figures), categories=categories),
        indicators=tuple(chosen),
        rules=rules,
        profile=f"{profile.title} (version {profile.version})",
        made_at=at.isoformat(),
    )
    return _Made(bundle, Worked(_held(bundle), implied_by(COMMUNITY)))


def _figures(release: Release, indicator: IndicatorText, by_area: str, before: Mapping[Name, int], *, key: bytes) -> list[Figure]:
    """Every quarter in all, and the headline quarter by each breakdown, counts and what they are out of each rounded on."""
    found: list[Figure] = []
    ways = [by for by in (*BREAKDOWNS, by_area) if by and (by in indicator.breakdowns or by == AREA)]
    overlapping = frozenset(by for by in ways if indicator.in_rows(WARD if by == AREA else by) == SEVERAL)
    for period, whole in zip(release.periods, release.series(indicator.id), strict=True):
        if whole is None:
            continue
        of = {by: release.breakdown(indicator.id, by, period) for by in ways} if period == release.period else {}
        shown = []
        for side, told in (("count", COUNT), ("out_of", OUT_OF)):
            parts = {by: {each.category: _number(getattr(each, side)) for each in listed} for by, listed in of.items()}
            shown.append(
                to_tens(
                    _number(getattr(whole, side)),
                    parts if side == "count" else {by: _fives(each) for by, each in parts.items()},
                    overlapping=overlapping,
                    key=key,
                    name=f"{indicator.id}|{period}|{side}",
                    before={(by, code): number for (*of, by, code), number in before.items() if of == [told, indicator.id, period]},
                )
            )
        (count, counts), (out_of, outs) = shown
        found.append(_figure(whole, count, out_of, indicator))
        for by, listed in of.items():
            found += [_figure(each, counts[by][each.category], outs[by][each.category], indicator) for each in listed]
    return found


def _number(shown: Shown | None) -> int | None:
    return _five(shown.value) if isinstance(shown, Released) else None


def _five(value: int) -> int:
    """Residents are published by others as they are; here they are rounded as everything else."""
    return value // 5 * 5


def _fives(parts: Mapping[str, int | None]) -> dict[str, int | None]:
    return {code: None if number is None else _five(number) for code, number in parts.items()}


def _figure(of: Figure, count: int | None, out_of: int | None, indicator: IndicatorText) -> Figure:
    shown_count, shown_out = _as_shown(of.count, count), None if of.out_of is None else _as_shown(of.out_of, out_of)
    statistic: Ratio | Withheld | None = None
    if indicator.per is not None and indicator.per > 1 and count is not None and out_of is not None:
        enough = count >= ENOUGH and out_of >= ENOUGH and (indicator.per != 100 or count <= out_of)
        if enough:
            (statistic,) = ratios_of(np.array([count], dtype=np.float64), np.array([out_of], dtype=np.float64), indicator.per)
        else:
            statistic = Withheld.WITHHELD
    return Figure(of.indicator, of.period, of.breakdown, of.category, shown_count, shown_out, statistic)


def _as_shown(was: Shown, number: int | None) -> Shown:
    if number is None:
        return was if isinstance(was, NotAvailable) else Withheld.WITHHELD
    usual, spare = (WITHIN, COARSE) if number else (WITHIN_OF_NONE, MORE)
    within = was.within + spare if isinstance(was, Released) else usual
    return Released(number, within=max(within, usual))


# Attacking it


def _held(bundle: Bundle) -> Held:
    """What somebody holds who was given the bundle and nothing else."""
    numbers = Numbers.empty()
    rows = {(each.id, by): each.in_rows(WARD if by == AREA else by) for each in bundle.indicators for by in (*each.breakdowns, AREA)}
    hold_figures(numbers, bundle.release.figures, rows)
    # What the catalogue says of a question was there before anything was counted: no number in it is of this release.
    told = replace(bundle, indicators=tuple(replace(each, question="", caveat="") for each in bundle.indicators))
    pages = [(name, content.decode()) for name, content in bundle_files(told).items() if name.endswith(".html")]
    return Held(
        title=f"bundle of release {bundle.release.number}",
        method=COMMUNITY,
        generation=f"bundle {bundle.release.generation}",
        numbers=numbers.numbers,
        sums=tuple(numbers.sums),
        ratios=tuple(numbers.ratios),
        blanks=tuple(numbers.blanks),
        texts=tuple(Text(name, page_texts(page)) for name, page in pages),
        pages=tuple(Text(name, page) for name, page in pages),
        units=frozenset(each.unit for each in bundle.indicators),
    )


def _attacked(workspace: Workspace, made: _Made, at: datetime) -> AttackReport:
    earlier: Sequence[Worked] = [
        read_ledger(workspace.objects.get_bytes(each.released), title=f"bundle {each.number}") for each in bundles_before(at)
    ]
    report = report_of(
        made.worked, earlier=earlier, known=known_totals(workspace), rng=np.random.default_rng(SEED), read=tuple(bundle_files(made.bundle))
    )
    if report.found:
        by_attack: dict[str, list[str]] = defaultdict(list)
        for each in report.outcomes:
            by_attack[each.id] += [f"{found.where}: {found.what}" for found in each.findings]
        lines = "".join(f"\n  {id}: {line}" for id, found in by_attack.items() for line in found[:5])
        raise BundleGivesAway(f"The bundle was attacked with what it would show, and gave away {report.found:,} things:{lines}\n")
    return report


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as one, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(name, _WITHOUT_A_CLOCK), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
