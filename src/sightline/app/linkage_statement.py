"""The linkage statement: what is known of the links, through the gate, for the page, the PDF and the JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from sightline.app.link_quality import OF_AGE, LinkQuality, current_linkage, link_quality
from sightline.app.report_files import check_formats, write_files
from sightline.app.review_links import list_reviews
from sightline.app.tables import places_of
from sightline.app.workspace import Workspace
from sightline.definitions.linkage import linkage_model
from sightline.disclosure import protect, protect_count
from sightline.ledger.calibrations import calibration_of
from sightline.ledger.models import LinkReviewDecision, LinkReviewUndo
from sightline.linkage.overrides import STEWARD
from sightline.linkage.quality import Estimate, GroupQuality
from sightline.linkage.sensitivity import AtCut
from sightline.model.codes import CODE_LISTS, NOT_RECORDED
from sightline.model.figures import Cell, Figure, Released, Withheld
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

_FEWEST_PAIRS = 10
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


def assemble_statement(workspace: Workspace) -> LinkageStatement:
    """The statement of the current linkage, every number made safe to show.

    Raises:
        NotFound: If people are not linked.
    """
    _, linkage = current_linkage(workspace)
    calibration = calibration_of(str(linkage.summary.get("model", "")))
    decided = LinkReviewDecision.objects.count() + LinkReviewUndo.objects.count()
    return _assembled(workspace.root, linkage.pk, calibration.pk if calibration else None, decided)


@lru_cache(maxsize=2)
def _assembled(root: Path, linkage: int, calibration: int | None, decided: int) -> LinkageStatement:
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
    in_use = next((cut for cut in found.cuts if cut.cut == found.cut), None)
    return LinkageStatement(
        partnership=workspace.partnership.name,
        generation=found.generation.name,
        linkage=found.linkage.pk,
        made_at=found.linkage.at.isoformat(),
        made_by=found.linkage.by,
        model=str(summary.get("model", "")),
        about_model=" ".join(model.about.split()),
        records=tuple((names.get(agency, agency), _number(count)) for agency, count in found.records.items()),
        people=_number(found.people),
        linked_people=_number(found.linked_people),
        links=_number(found.links),
        comparisons=tuple((each.about, ", ".join(level.label for level in each.levels)) for each in model.comparisons),
        methods=_counts(summary.get("methods", {})),
        # what stewards decided is told to nobody here: it may protect somebody
        forbidden=_counts({reason: count for reason, count in summary.get("forbidden", {}).items() if reason != STEWARD}),
        reviewed=_reviewed(found) + (f" Their agreement beyond chance (Cohen's kappa) is {kappa:.2f}." if kappa is not None else ""),
        expected_precision=NOT_KNOWN if in_use is None else _expected(in_use, _basis(found)),
        precision=_estimate(found.precision),
        recall=_estimate(found.recall),
        groups=tuple(_groups(found.groups, words)),
        cuts=tuple(
            CutLine(_expected(cut, _basis(found)), _number(cut.people), _number(cut.links), is_in_use=cut.cut == found.cut)
            for cut in found.cuts
        ),
        missed=tuple(
            MissLine(
                names.get(rate.agencies[0], rate.agencies[0]),
                names.get(rate.agencies[1], rate.agencies[1]),
                _number(rate.agreeing),
                str(Withheld.WITHHELD) if isinstance(_number(rate.agreeing), str) else _estimate(found.missed.get(rate.agencies)),
            )
            for rate in found.rates
        ),
        not_checked=tuple(_not_checked(found, kappa)),
    )


def _groups(groups: Iterable[GroupQuality], words: Mapping[str, Mapping[str, str]]) -> Iterable[GroupLine]:
    """Every breakdown through the gate as one family, so that no withheld group can be worked out from the others."""
    by_breakdown: dict[str, list[GroupQuality]] = {}
    for group in groups:
        by_breakdown.setdefault(group.breakdown, []).append(group)
    for breakdown, parts in by_breakdown.items():
        figures = dict(zip(((each.group, kind) for each in parts for kind in ("linked", "alone")), protect(_cells(parts)), strict=True))
        whole = {kind: sum(_value(figures[each.group, kind]) for each in parts) for kind in ("linked", "alone")}
        for each in parts:
            linked, alone = figures[each.group, "linked"], figures[each.group, "alone"]
            people = linked.out_of.value if isinstance(linked.out_of, Released) else str(Withheld.WITHHELD)
            is_large = isinstance(linked.count, Released) and each.pairs >= _FEWEST_PAIRS
            yield GroupLine(
                breakdown=breakdown,
                group=words[breakdown].get(each.group, "Not recorded" if each.group == NOT_RECORDED else each.group),
                people=people,
                linked=_shown_share(linked, people),
                precision=_estimate(each.precision) if is_large else str(Withheld.WITHHELD),
                recall=_estimate(each.recall) if is_large else str(Withheld.WITHHELD),
                of_linked=_shown_share(linked, whole["linked"]),
                of_alone=_shown_share(alone, whole["alone"]),
            )


def _cells(parts: Iterable[GroupQuality]) -> list[Cell]:
    return [
        Cell(kind, "", each.breakdown, each.group, numerator=count, denominator=each.people, contributors=count, per=100)
        for each in parts
        for kind, count in (("linked", each.linked), ("alone", each.people - each.linked))
    ]


def _value(figure: Figure) -> int:
    return figure.count.value if isinstance(figure.count, Released) else 0


def _shown_share(part: Figure, whole: Number) -> Shown:
    """Made of what is shown only; a part rounded up beyond a whole rounded down is all of it."""
    if not isinstance(part.count, Released) or not isinstance(whole, int) or not whole:
        return str(Withheld.WITHHELD)
    return _interval(min(part.count.value, whole), whole)


def _interval(part: int, whole: int) -> Share:
    return Share(part / whole, *wilson_interval(part, whole))


def _estimate(estimate: Estimate | None) -> Shown:
    return NOT_KNOWN if estimate is None else Share(estimate.value, estimate.lower, estimate.upper, estimate.basis)


def _number(count: int) -> Number:
    shown = protect_count(count)
    return shown.value if isinstance(shown, Released) else str(shown)


def _counts(counts: Mapping[str, int]) -> tuple[tuple[str, Number], ...]:
    return tuple((name, _number(count)) for name, count in counts.items())


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
