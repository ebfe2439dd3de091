"""The linkage statement: what is known of the links, through the gate, for the page, the PDF and the JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from sightline.app.link_quality import OF_AGE, LinkQuality, current_linkage, link_quality
from sightline.app.report_files import check_formats, write_files
from sightline.app.review_links import list_reviews
from sightline.app.single_counts import WITHOUT_WARD, shown_single
from sightline.app.tables import places_of
from sightline.app.workspace import Workspace
from sightline.definitions.linkage import linkage_model
from sightline.disclosure import protect_count
from sightline.disclosure.gate import TOTAL, add_cells, count_name, figures_of, pass_counts
from sightline.disclosure.linked import CountsContradict, Linked
from sightline.ledger.calibrations import calibration_of
from sightline.ledger.models import LinkReviewDecision, LinkReviewUndo
from sightline.ledger.releases import next_release_number
from sightline.ledger.scope import whole_partnership
from sightline.linkage.missed import MissRate
from sightline.linkage.overrides import STEWARD
from sightline.linkage.quality import Estimate, GroupQuality
from sightline.linkage.sensitivity import AtCut
from sightline.model.codes import CODE_LISTS, NOT_RECORDED
from sightline.model.figures import Cell, Released, Withheld
from sightline.model.findings import NotChecked
from sightline.publish.linkage_statement import (
    NOT_KNOWN,
    CutLine,
    GroupLine,
    LinkageStatement,
    MissLine,
    Number,
    Share,
    Shown,
    linkage_statement,
    linkage_statement_json,
)
from sightline.publish.write_html import write_html
from sightline.publish.write_pdf import write_pdf
from sightline.stats.intervals import wilson_interval

_FEWEST_PAIRS, _FEWEST_PEOPLE = 10, 10
_PEOPLE, _LINKED = "people in linkage", "linked people"
CONTENT_TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8", "json": "application/json"}
_WRITERS: dict[str, Callable[[LinkageStatement], bytes]] = {
    "pdf": lambda statement: write_pdf(linkage_statement(statement)),
    "html": lambda statement: write_html(linkage_statement(statement)),
    "json": linkage_statement_json,
}


def write_linkage_statement(workspace: Workspace, *, folder: Path, formats: Sequence[str] = tuple(_WRITERS)) -> list[Path]:
    """Write the statement of the current linkage; the same evidence gives the same bytes.

    Raises:
        NotFound: If people are not linked.
        InputRefused: If a format is not known.
        EnvironmentProblem: If the folder cannot be written.
    """
    chosen = check_formats(formats, _WRITERS)
    statement = assemble_statement(workspace)
    name = f"linkage-statement-{statement.linkage}"
    return write_files(folder, {f"{name}.{format}": statement_file(statement, format) for format in chosen})


def statement_file(statement: LinkageStatement, kind: str) -> bytes:
    """The statement as a file of one of `CONTENT_TYPES`."""
    return _WRITERS[kind](statement)


@whole_partnership()
def assemble_statement(workspace: Workspace) -> LinkageStatement:
    """The statement of the current linkage, every number made safe to show.

    Raises:
        NotFound: If people are not linked.
    """
    _, linkage = current_linkage(workspace)
    calibration = calibration_of(str(linkage.summary.get("model", "")))
    decided = LinkReviewDecision.objects.count() + LinkReviewUndo.objects.count()
    return _assembled(workspace.root, linkage.pk, calibration.pk if calibration else None, decided, next_release_number())


@lru_cache(maxsize=2)
def _assembled(root: Path, linkage: int, calibration: int | None, decided: int, next_release: int) -> LinkageStatement:
    """Assembled once for each state of the evidence: it takes seconds, and a page is read more often than links change."""
    workspace = Workspace.open(root)
    return _safe(workspace, link_quality(workspace))


def _safe(workspace: Workspace, found: LinkQuality) -> LinkageStatement:
    summary, model = found.linkage.summary, linkage_model()
    names = {agency.id: agency.name for agency in workspace.partnership.agencies}
    wards = places_of(workspace, found.generation).wards
    words = {
        "sex": CODE_LISTS["sex"],
        "ethnicity": CODE_LISTS["ethnicity"],
        "age": {**CODE_LISTS["age_band"], OF_AGE: "18 or over"},
        "ward": dict(zip(*(wards.column(name).to_pylist() for name in ("ward", "ward_name")), strict=True)),
        "deprivation": CODE_LISTS["deprivation"],
        "agency": names,
    }
    kappa = _kappa(workspace, found)
    numbers = _Numbers(workspace, found)
    in_use = next((cut for cut in found.cuts if cut.cut == found.cut), None)
    return LinkageStatement(
        partnership=workspace.partnership.name,
        generation=found.generation.name,
        linkage=found.linkage.pk,
        made_at=found.linkage.at.isoformat(),
        made_by=found.linkage.by,
        model=str(summary.get("model", "")),
        about_model=" ".join(model.about.split()),
        records=tuple((names.get(agency, agency), numbers.single(f"records {agency}", count)) for agency, count in found.records.items()),
        people=numbers.total(_PEOPLE),
        linked_people=numbers.total(_LINKED),
        links=numbers.single("links", found.links),
        comparisons=tuple((each.about, ", ".join(level.label for level in each.levels)) for each in model.comparisons),
        methods=numbers.counts("methods", summary.get("methods", {})),
        # what stewards decided is told to nobody here: it may protect somebody
        forbidden=numbers.counts(
            "forbidden", {reason: count for reason, count in summary.get("forbidden", {}).items() if reason != STEWARD}
        ),
        reviewed=_reviewed(found) + (f" Their agreement beyond chance (Cohen's kappa) is {kappa:.2f}." if kappa is not None else ""),
        expected_precision=NOT_KNOWN if in_use is None else _expected(in_use, _basis(found)),
        precision=_estimate(found.precision),
        recall=_estimate(found.recall),
        groups=tuple(_groups(found.groups, numbers, words)),
        cuts=tuple(
            CutLine(
                _expected(cut, _basis(found)),
                numbers.total(_PEOPLE) if cut.people == found.people else numbers.single(f"people at {cut.cut}", cut.people),
                numbers.single("links" if cut.links == found.links else f"links at {cut.cut}", cut.links),
                is_in_use=cut.cut == found.cut,
            )
            for cut in found.cuts
        ),
        missed=tuple(_missed(found, rate, numbers, names) for rate in found.rates),
        not_checked=tuple(_not_checked(found, kappa)),
    )


@dataclass(frozen=True)
class _Numbers:
    """Numbers made safe to show, all at once: people and those linked, by every group, agree with each other.

    They are of everybody whom a record of the generation names, of any age and time; releases count children of a quarter or a year.
    So no number of theirs is in a release but one: people without a home ward, which is the same number here and there.
    """

    workspace: Workspace
    found: LinkQuality

    def single(self, name: str, count: int) -> Number:
        """A number under its own name."""
        return _number(protect_count(count, key=self.workspace.rounding_key, name=f"linkage {name}"))

    def counts(self, about: str, counts: Mapping[str, int]) -> tuple[tuple[str, Number], ...]:
        return tuple((name, self.single(f"{about} {name}", count)) for name, count in counts.items())

    def total(self, kind: str) -> Number:
        return _number(self.guarded[kind, TOTAL, TOTAL])

    @cached_property
    def guarded(self) -> dict[tuple[str, str, str], Released | Withheld]:
        """People, and those of them who are linked, by breakdown and group."""
        cells = [
            Cell(kind, "", breakdown, group, count, people, count, 100, out_source=_PEOPLE)
            for breakdown, group, people, linked in (
                (TOTAL, TOTAL, self.found.people, self.found.linked_people),
                *((each.breakdown, each.group, each.people, each.linked) for each in self.found.groups),
            )
            for kind, count in ((_PEOPLE, people), (_LINKED, linked))
        ]
        linked = Linked()
        add_cells(linked, cells)
        earlier = dict(self._shown_in_releases(linked, cells))
        shown = pass_counts(linked, key=self.workspace.rounding_key, earlier=earlier).shown
        if any(shown[name] != Released(value) for name, value in earlier.items()):
            raise CountsContradict("The linkage statement would show another number than the release does.")
        figures = figures_of(cells, shown)
        return {
            (each.indicator, each.breakdown, each.category): each.count for each in figures if isinstance(each.count, Released | Withheld)
        }

    def _shown_in_releases(self, linked: Linked, cells: Sequence[Cell]) -> Iterable[tuple[str, int]]:
        """What a release shows of the same count."""
        for cell in cells:
            if (cell.indicator, cell.breakdown, cell.category) == (_PEOPLE, "ward", NOT_RECORDED):
                name = count_name(cell)
                shown = shown_single(self.workspace, WITHOUT_WARD, linked.counts[name])
                if isinstance(shown, Released):
                    yield name, shown.value


def _missed(found: LinkQuality, rate: MissRate, numbers: _Numbers, names: Mapping[str, str]) -> MissLine:
    first, second = rate.agencies
    agreeing = numbers.single(f"agreeing {first} {second}", rate.agreeing)
    is_large = isinstance(agreeing, int) and agreeing >= _FEWEST_PAIRS
    return MissLine(
        names.get(first, first),
        names.get(second, second),
        agreeing,
        _estimate(found.missed.get(rate.agencies)) if is_large else str(Withheld.WITHHELD),
    )


def _groups(groups: Iterable[GroupQuality], numbers: _Numbers, words: Mapping[str, Mapping[str, str]]) -> Iterable[GroupLine]:
    by_breakdown: dict[str, list[GroupQuality]] = {}
    for group in groups:
        by_breakdown.setdefault(group.breakdown, []).append(group)
    for breakdown, parts in by_breakdown.items():
        linked = {each.group: _value(numbers.guarded[_LINKED, breakdown, each.group]) for each in parts}
        # Who is known to one agency only is what the two shown numbers leave: nothing more is told of them.
        alone = {each.group: max(_value(numbers.guarded[_PEOPLE, breakdown, each.group]) - linked[each.group], 0) for each in parts}
        for each in parts:
            people = _number(numbers.guarded[_PEOPLE, breakdown, each.group])
            is_large = linked[each.group] >= _FEWEST_PEOPLE and each.pairs >= _FEWEST_PAIRS
            yield GroupLine(
                breakdown=breakdown,
                group=words[breakdown].get(each.group, "Not recorded" if each.group == NOT_RECORDED else each.group),
                people=people,
                linked=_shown_share(linked[each.group], people),
                precision=_estimate(each.precision) if is_large else str(Withheld.WITHHELD),
                recall=_estimate(each.recall) if is_large else str(Withheld.WITHHELD),
                of_linked=_shown_share(linked[each.group], sum(linked.values())),
                of_alone=_shown_share(alone[each.group], sum(alone.values())),
            )


def _value(shown: Released | Withheld) -> int:
    return shown.value if isinstance(shown, Released) else 0


def _shown_share(part: int, whole: Number) -> Shown:
    """Made of what is shown only, where that is enough."""
    if part < _FEWEST_PEOPLE or not isinstance(whole, int) or whole < _FEWEST_PEOPLE:
        return str(Withheld.WITHHELD)
    return _interval(min(part, whole), whole)


def _interval(part: int, whole: int) -> Share:
    return Share(part / whole, *wilson_interval(part, whole))


def _estimate(estimate: Estimate | None) -> Shown:
    return NOT_KNOWN if estimate is None else Share(estimate.value, estimate.lower, estimate.upper, estimate.basis)


def _number(shown: Released | Withheld) -> Number:
    return shown.value if isinstance(shown, Released) and shown.value else str(shown)


def _expected(cut: AtCut, basis: str) -> Shown:
    if cut.expected_precision is None or not cut.links:
        return NOT_KNOWN
    return Share(cut.expected_precision, *wilson_interval(cut.expected_precision * cut.links, cut.links), basis)


def _basis(found: LinkQuality) -> str:
    return "calibrated probabilities" if found.calibration is not None else "the model's own probabilities"


def _reviewed(found: LinkQuality) -> str:
    """What people have looked at, in a sentence; pairs of records, not children."""
    if not found.reviewed:
        return (
            "Nobody has reviewed pairs of this model's links yet. The estimates rest on what the model says of itself: their intervals "
            "cannot know how far it is wrong."
        )
    known = f"Reviewers agreed on {found.reviewed:,} pairs of records."
    if found.calibration is None:
        return f"{known} Probabilities are not yet calibrated by them."
    return f"{known} Probabilities are calibrated by {found.calibration.decided:,} of them."


def _not_checked(found: LinkQuality, kappa: float | None) -> Iterable[NotChecked]:
    for one in found.linkage.summary.get("left_out", ()):
        why = f"made with key {one['key_id']}, and no rotation file brings it to the key in use"
        if one.get("rules"):
            why = f"its tokens were made by rules {one['rules']}, which those of this version differ from"
        reason = f"{why}; it was left out of linking, and everybody it tells of counts as a person of their own"
        yield NotChecked(f"links of {one['agency']} {one['dataset']} {one['period']}", reason)
    for agency, why in found.linkage.summary.get("not_comparable", {}).items():
        yield NotChecked(f"links of {agency}", f"{why}; nobody it tells of was linked, and each counts as a person of their own")
    if not any(group.breakdown == "deprivation" for group in found.groups):
        yield NotChecked("deprivation", "no measure of deprivation is among the geography of this partnership")
    if not found.reviewed:
        yield NotChecked("precision and recall by people", "no pair of this model's links has been decided by two reviewers")
    if kappa is None:
        yield NotChecked("agreement of reviewers", "too few pairs are decided by two reviewers to tell")
    if found.recall is None:
        yield NotChecked("recall", "no two records share a believable number, so nothing tells of links that were never weighed")


def _kappa(workspace: Workspace, found: LinkQuality) -> float | None:
    """Cohen's kappa of the newest set of this linkage that tells it."""
    sets = (each for each in list_reviews(workspace) if each.linkage == found.linkage.pk)
    return next((each.agreement.kappa for each in sets if each.agreement is not None), None)
