"""Make a release: count, pass everything through the gate, add what a reader must know, keep it. And read releases back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from sightline.app.agreed import refuse_if_stopped_meanwhile
from sightline.app.analysis_texts import analysis_texts
from sightline.app.areas import areas_of_release, freeze
from sightline.app.attack_gate import attacked
from sightline.app.attack_release import SEED
from sightline.app.changes import changes
from sightline.app.count import Counted, Progress, count
from sightline.app.cubes import files_of, released_tables
from sightline.app.figure_coverage import figure_coverage, unsettled_quarters
from sightline.app.gaps_told import gaps_told
from sightline.app.held_release import nested_areas
from sightline.app.indicator_texts import indicator_texts, waiting_texts
from sightline.app.known_outside import known_totals, of_a_release
from sightline.app.publish_generation import GenerationSummary, current_generation
from sightline.app.receipts import findings_of
from sightline.app.release_before import earlier_releases, keep, told_by
from sightline.app.release_ledger import LEDGER, checked_with_earlier, write_ledger
from sightline.app.releases import read_release
from sightline.app.returns import coverage
from sightline.app.rounding_key import fingerprint
from sightline.app.single_counts import FLAGGED_BY_NONE, KEPT, WITHOUT_WARD, rows_name
from sightline.app.statements import questions, separate_counts, unknowns
from sightline.app.tables import places_of
from sightline.app.workspace import Workspace
from sightline.definitions.breakdowns import AREAS_OF_A_WARD
from sightline.disclosure import METHOD, Protected, ToRelease, mark_release, protect_range, protect_release
from sightline.errors import NotFound, Refused
from sightline.ledger import audit
from sightline.ledger.models import ReturnVersion
from sightline.ledger.releases import current_release_record, next_release_number, record_release
from sightline.model.figures import Absent, Cell, Released, Shown, Withheld
from sightline.model.findings import Blocks, Severity
from sightline.model.periods import Quarter
from sightline.model.releases import Combination, QualityLine, Release, release_to_json
from sightline.publish.attachments import AREAS, kept_with_a_release
from sightline.publish.attack_report import ATTACK

ROUNDING = (
    "Rounded to 5; sums agree. Nearly every number lies within 4 of the true one, and the few others within 9; “0 to 4” is shown alike "
    "for none and for a few. Percentages and rates are made from the rounded numbers, and withheld where too few stand behind them; so are "
    "counts of 10 or more of what fewer than 10 children did."
)
_ROWS_IN_WORDS = re.compile(r"\b\d[\d,]*(?= rows?\b)")


NEW_ROUNDING_KEY = (
    "A new rounding key is in use. Whoever holds releases made before can compare them with the next one: the same counts are rounded by "
    "two keys, and both together tell more than either. Tell those who decide about releases."
)


class ReleaseBlocked(Refused):
    """A return holds something that nobody can read rightly yet, such as flags whose meaning is not written down."""

    code = "SL-APP-030"
    hint = "Mend each, submit it again, publish and link; the releases made before stay as they are."


def make_release(workspace: Workspace, *, period: Quarter, by: str, at: datetime, progress: Progress | None = None) -> tuple[Release, str]:
    """Make the release of a headline quarter from the current generation; return it and its digest.

    The same generation, links and ``at`` always give the same bytes; asked for again, the release that is there is returned.

    Raises:
        NotFound: If no generation is published.
        NotAgreedToUse: If no agreement lets a return of it be used any more, or one was stopped while this ran.
        Refused: If its people are not linked, or no return tells about the quarter.
        ReleaseBlocked: If a return of the generation has a finding that keeps it from any release.
        TotalsContradict: If totals that others publish contradict each other, or what was counted.
        ReleaseTells: If it would tell a small number together with an earlier release.
        ReleaseGivesAway: If any attack finds something in it.
    """
    _refuse_if_blocked(current_generation(workspace))
    counted = count(workspace, period=period, at=at, progress=progress)
    places = places_of(workspace, counted.generation)
    passing, earlier = _passing(workspace, counted), earlier_releases(workspace, counted, at)
    known = of_a_release(totals := known_totals(workspace), passing.given.cells)
    safe = protect_release(passing.given, key=workspace.rounding_key, before=earlier.before, known=known)
    drafted = _draft(workspace, counted, at, passing, safe, note=earlier.note)
    tables = released_tables(counted.cubes, counted.counted_cubes, safe)
    checked = checked_with_earlier(workspace, drafted, at, tables=tables, nested=nested_areas(places.wards))
    draft, existing = checked.release, _same_already(workspace, checked.release)
    if existing is not None:
        return existing
    if progress is not None:
        progress("Attacking the release", 0, 1)
    areas = areas_of_release(
        workspace,
        draft,
        counted.catalogue.indicators,
        places,
        out_of_all={each.indicator for each in passing.given.cells if _is_out_of_all(each)},
    )
    files = {
        **kept_with_a_release(places.wards_geojson),
        AREAS: areas.content,
        **files_of(checked.tables),
        LEDGER: write_ledger(checked.worked),
        KEPT: keep(passing.kept_of(safe), mark_release(passing.given, key=workspace.rounding_key, of=told_by(draft))),
        ATTACK: attacked(checked.worked, checked.earlier, known=totals, rng=np.random.default_rng(SEED)),
    }
    freeze(workspace, areas.new, by=by, at=at)
    attachments = {name: workspace.objects.put_bytes(files[name]) for name in sorted(files)}
    release = replace(draft, attachments=attachments)
    digest = workspace.objects.put_bytes(release_to_json(release))
    with audit.writing():
        refuse_if_stopped_meanwhile(workspace, counted.generation, at)
        record_release(
            release.number,
            period=release.period,
            digest=digest,
            attachments=attachments,
            generation=_number_of(counted),
            by=by,
            at=at,
            rounding_key=fingerprint(workspace.rounding_key),
        )
    return release, digest


def _refuse_if_blocked(generation: GenerationSummary) -> None:
    blocking = [
        (version, finding)
        for version in ReturnVersion.objects.filter(id__in=generation.return_ids).order_by("agency", "dataset", "period")
        for finding in findings_of(version)
        if Blocks.RELEASE in finding.blocks
    ]
    if blocking:
        listing = "".join(f"\n  {v.agency} {v.dataset} {v.period} {f.code}: {f.text} {f.hint}" for v, f in blocking)
        count = len({version.id for version, _ in blocking})
        raise ReleaseBlocked(f"{count} return{'s' if count != 1 else ''} of {generation.name} must be mended first:{listing}\n")


def _number_of(counted: Counted) -> int:
    if counted.generation.number is None:
        raise NotFound("Only a published generation can be released.", hint="Run `sightline publish` first.")
    return counted.generation.number


def _same_already(workspace: Workspace, draft: Release) -> tuple[Release, str] | None:
    """The current release, if it says exactly what the draft says and was made at the same instant."""
    record = current_release_record()
    if record is None:
        return None
    release = read_release(workspace, record)
    same = replace(draft, number=release.number, attachments=release.attachments)
    return (release, record.digest) if same == release else None


def _is_out_of_all(cell: Cell | Absent) -> bool:
    return isinstance(cell, Cell) and cell.breakdown == "ward" and cell.out_breakdown == "all"


def _release_before(workspace: Workspace, at: datetime) -> Release | None:
    """The newest release made before this instant: made again at the same instant, a release is not compared with itself."""
    record = current_release_record(before=at)
    return None if record is None else read_release(workspace, record)


@dataclass(frozen=True)
class _Passing:
    """All true counts that go through the gate at once; ``rows`` are those of the findings of intake."""

    given: ToRelease
    rows: Mapping[QualityLine, int]

    def quality_of(self, safe: Protected) -> tuple[QualityLine, ...]:
        return tuple(replace(line, rows=safe.singles[rows_name(line)]) for line in self.rows)

    def kept_of(self, safe: Protected) -> dict[str, Shown]:
        """Single counts that the next release cannot read off this one."""
        told = {FLAGGED_BY_NONE, *map(rows_name, self.rows)}
        return {name: shown for name, shown in safe.singles.items() if name not in told}


def _passing(workspace: Workspace, counted: Counted) -> _Passing:
    sets, rows = counted.agency_sets, _quality(counted)
    singles = {
        FLAGGED_BY_NONE: sets.flagged_by_none,
        WITHOUT_WARD: counted.people_without_ward,
        **separate_counts(counted),
        **{rows_name(line): number for line, number in rows.items()},
    }
    areas = _areas(workspace, counted)
    given = ToRelease(counted.true_cells(), counted.counted_analyses, sets.agencies, sets.combinations, singles, areas)
    return _Passing(replace(given, cubes=counted.counted_cubes), rows)


def _draft(workspace: Workspace, counted: Counted, at: datetime, passing: _Passing, safe: Protected, *, note: str) -> Release:
    partnership, generation, period = workspace.partnership, counted.generation, counted.quarters[-1]
    before = _release_before(workspace, at)
    figures = safe.figures
    texts = indicator_texts(counted.catalogue)
    covered = coverage(workspace, generation, period)
    quality = passing.quality_of(safe)
    sets = counted.agency_sets
    order = {agency: place for place, agency in enumerate(sets.agencies)}
    combinations = [
        Combination(
            tuple(sorted(known, key=order.__getitem__)),
            shown,
            protect_range(sets.combinations.get(known, 0), sets.ranges.get(known), shown),
        )
        for known, shown in safe.combinations.items()
    ]
    known_to = {agency: sum(count for known, count in sets.combinations.items() if agency in known) for agency in sets.agencies}
    flagged_by_none = safe.singles[FLAGGED_BY_NONE]
    used = {(figure.breakdown, figure.category) for figure in figures}
    return Release(
        number=next_release_number(),
        partnership=partnership.name,
        area=partnership.area,
        period=str(period),
        periods=tuple(map(str, counted.quarters)),
        generation=generation.name,
        generation_published_at=generation.published_at.isoformat(),
        created_at=at.isoformat(),
        tier="strategic",
        methods={
            "disclosure": METHOD,
            "linkage": counted.linkage,
            "measures": counted.catalogue.version,
            "analyses": counted.analyses.version,
            "tables": counted.cubes.version,
        },
        rounding=ROUNDING + note,
        agencies=covered,
        indicators=texts,
        categories={name: tuple(pair for pair in pairs if (name, pair[0]) in used) for name, pairs in counted.categories.items()}
        | {"agency": counted.categories["agency"]},
        figures=figures,
        agency_sets=tuple(
            Combination((agency,), shown, protect_range(known_to[agency], sets.agency_ranges.get(agency), shown))
            for agency, shown in safe.agencies.items()
        ),
        combinations=tuple(sorted(combinations, key=_largest_first)),
        flagged_by_none=flagged_by_none,
        flagged_range=protect_range(sets.flagged_by_none, sets.flagged_range, flagged_by_none),
        changes=changes(texts, figures, period, before=before),
        unknowns=unknowns(partnership, counted, covered, quality, safe.singles),
        questions=questions(texts),
        quality=quality,
        waiting=waiting_texts(counted.catalogue),
        breakdown_titles={id: each.title for id, each in counted.catalogue.breakdowns.items()},
        coverage=figure_coverage(
            counted.catalogue,
            partnership,
            counted.sources,
            quarters=counted.quarters,
            unsettled=unsettled_quarters(partnership, generation, counted.quarters),
            left_out=counted.left_out,
            taken_out=counted.taken_out,
        ),
        gaps=gaps_told(partnership, counted.sources.not_agreed, counted.left_out),
        analyses=analysis_texts(workspace, counted, safe.tables),
        domains=tuple((domain.id, domain.title) for domain in counted.catalogue.domains.values()),
    )


def _areas(workspace: Workspace, counted: Counted) -> dict[str, dict[str, str]]:
    """Of what each ward is a part, as far as the geography tells."""
    wards = places_of(workspace, counted.generation).wards
    codes = wards.column("ward").to_pylist()
    found = {area: zip(codes, wards.column(area).to_pylist(), strict=True) for area in AREAS_OF_A_WARD if area in wards.column_names}
    return {area: {ward: str(of) for ward, of in pairs if of} for area, pairs in found.items()}


def _largest_first(combination: Combination) -> tuple[int, int, tuple[str, ...]]:
    children = combination.children.value if isinstance(combination.children, Released) else 0
    return (-children, len(combination.agencies), combination.agencies)


def _quality(counted: Counted) -> dict[QualityLine, int]:
    """What intake found in each dataset's latest return up to the headline quarter, and in how many rows: to pass the gate."""
    latest: dict[tuple[str, str], ReturnVersion] = {}
    end: date = counted.quarters[-1].end
    for version in ReturnVersion.objects.filter(id__in=counted.generation.return_ids, period_to__lte=end).order_by("period_to", "version"):
        latest[version.agency, version.dataset] = version
    rows: dict[QualityLine, int] = {}
    for (agency, dataset), version in sorted(latest.items()):
        for finding in findings_of(version):
            if finding.severity is not Severity.BLOCK:
                # Numbers of rows pass the gate, in the words too.
                text = _ROWS_IN_WORDS.sub("some", finding.text)
                line = QualityLine(agency, dataset, version.period, finding.severity.value, finding.code, text, Withheld.WITHHELD)
                rows[line] = rows.get(line, 0) + finding.rows
    return rows
