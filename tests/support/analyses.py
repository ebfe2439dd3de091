"""Analyses made by hand, one for each page and every kind of table; their numbers are invented and already rounded."""

from __future__ import annotations

from dataclasses import replace

from sightline.model.analyses import (
    Analysis,
    AnalysisRow,
    AnalysisTable,
    Category,
    Dimension,
    FlagDefinition,
    PairAgreement,
    RateRatio,
)
from sightline.model.figures import Median, Range, Ratio, Released, Shown, Withheld
from sightline.model.releases import Release
from sightline.stats.intervals import wilson_interval

_SOURCES: tuple[Category, ...] = (
    ("police", "Police"),
    ("school", "Schools"),
    ("health", "Health services"),
    ("self", "The child or family"),
    ("not_recorded", "Not recorded"),
)
_AGENCIES: tuple[Category, ...] = (
    ("csc", "Children's social care"),
    ("police", "Police"),
    ("health", "Health"),
    ("voluntary", "Harbour Light"),
)
_STEPS: tuple[Category, ...] = (
    ("concern", "Concern recorded"),
    ("assessed", "Assessed"),
    ("helped", "Specialist help"),
    ("none", "No further action"),
)
_AGES: tuple[Category, ...] = (("0-9", "Under 10"), ("10-12", "10 to 12"), ("13-15", "13 to 15"), ("16-17", "16 and 17"))


def shown(count: int) -> Shown:
    return Released(count) if count >= 10 else Withheld.WITHHELD


def _share(count: Shown, out_of: Shown, per: int = 100) -> Ratio | Withheld:
    if not isinstance(count, Released) or not isinstance(out_of, Released):
        return Withheld.WITHHELD
    low, high = wilson_interval(count.value, out_of.value)
    return Ratio(count.value * per / out_of.value, per, low * per, high * per)


def _row(*categories: str, count: int, out_of: int | None = None, per: int = 100) -> AnalysisRow:
    here, whole = shown(count), None if out_of is None else shown(out_of)
    return AnalysisRow(categories, here, whole, None if whole is None else _share(here, whole, per))


def _analysis(id: str, page: str, title: str, *tables: AnalysisTable, order: int = 1, **more: object) -> Analysis:
    return Analysis(
        id=id,
        order=order,
        page=page,
        title=title,
        question="What do the records say together, and what do they leave out?",
        purpose="See what no agency sees alone.",
        interpretations=("More is seen where people look.", "More happens where people look."),
        lines_of_inquiry=("Read ten of them with practitioners.",),
        caveat="Made of records; what nobody wrote down is not here.",
        tables=tables,
        version="1",
        **more,  # type: ignore[arg-type]
    )


def _table(
    id: str, title: str, chart: str, dimensions: tuple[Dimension, ...], rows: tuple[AnalysisRow, ...], **more: object
) -> AnalysisTable:
    defaults: dict[str, object] = {
        "says": "Children once each.",
        "unit": "children",
        "total": Released(400),
        "lineage": ("referral.source",),
    }
    return AnalysisTable(
        id=id,
        title=title,
        chart=chart,
        dimensions=dimensions,
        rows=rows,
        sql="select person_id from referral",
        **(defaults | more),  # type: ignore[arg-type]
    )


def _sources() -> Analysis:
    by = Dimension("referral_source", "Referral source", _SOURCES)
    counts = {"police": (185, 120), "school": (40, 110), "health": (25, 60), "self": (4, 20), "not_recorded": (60, 0)}
    rows = tuple(
        AnalysisRow((code,), shown(count), expected=shown(expected) if expected else Withheld.WITHHELD)  # type: ignore[arg-type]
        for code, (count, expected) in counts.items()
    )
    table = _table("by_source", "Referrals by source", "bars", (by,), rows, unit="referrals", agencies_missing=("housing",))
    return _analysis("referral_sources", "sources", "Where referrals come from", table, found=("Schools: 40 referrals.",))


def _flags() -> Analysis:
    agencies = Dimension("agency", "Agency", _AGENCIES)
    following = Dimension("next_agency", "Next agency", _AGENCIES)
    sets = tuple(
        AnalysisRow(codes, shown(count), range=Range(count - 5, count + 5, sensitive=False))
        for codes, count in ((("csc",), 120), (("police",), 90), (("csc", "police"), 40), (("csc", "health", "police"), 15))
    )
    margins = tuple(AnalysisRow((code,), shown(count)) for code, count in (("csc", 180), ("police", 150), ("health", 30), ("voluntary", 5)))
    crossed = tuple(
        _row(first, second, count=(7 * place + 11 * other) % 60, out_of=150)
        for place, (first, _) in enumerate(_AGENCIES)
        for other, (second, _) in enumerate(_AGENCIES)
        if first != second
    )
    pairs = (
        PairAgreement("csc", "police", 0.31, 0.42, 0.33, 0.51),
        PairAgreement("csc", "voluntary", None, None, None, None),
    )
    definition = FlagDefinition(
        agency="police",
        agency_name="Police",
        dataset="police",
        flag="cse_marker",
        title="Marker 7",
        certainty="suspected",
        exploitation_type=("sexual",),
        threshold="One report",
        applied_by="Any officer",
        applied_when="",
        review="",
        ends="Closed by a supervisor",
        ages="",
        gaps="",
        in_force_from="2023-04-01",
        in_force_to="",
        caveat="",
    )
    return _analysis(
        "flags_compared",
        "flags",
        "Where flags meet",
        _table(
            "together",
            "Children flagged by exactly these agencies",
            "upset",
            (agencies,),
            sets,
            margins=margins,
            only_shown=True,
            agreement=pairs,
        ),
        _table(
            "first_and_next",
            "Who flagged first, and who next",
            "heatmap",
            (agencies, following),
            crossed,
            out_of="children whom the first flagged",
            per=100,
        ),
        definitions=(definition,),
    )


def _journeys() -> Analysis:
    first, then, last = (Dimension(f"step_{place}", title, _STEPS) for place, title in enumerate(("Begins with", "Then", "Ends with"), 1))
    paths = tuple(
        _row(*codes, count=count)
        for codes, count in (
            (("concern", "assessed", "helped"), 85),
            (("concern", "assessed", "none"), 40),
            (("concern", "none", "none"), 120),
            (("concern", "helped", "helped"), 15),
            (("assessed", "helped", "helped"), 4),
        )
    )
    waits = tuple(
        AnalysisRow((code,), shown(count), median=Median(days, days - 4, days + 9, "days") if count >= 10 else Withheld.WITHHELD)
        for code, count, days in (("concern", 200, 12), ("assessed", 85, 41), ("helped", 4, 3), ("none", 30, 9))
    )
    return _analysis(
        "journeys",
        "journeys",
        "From a first concern onwards",
        _table("paths", "Steps of children's journeys", "sankey", (first, then, last), paths),
        _table("waits", "How long each step takes", "dots", (first,), waits, value="days"),
    )


def _reach() -> Analysis:
    ages = Dimension("age_band", "Age", _AGES)
    rows = tuple(
        AnalysisRow(
            (code,),
            shown(count),
            Released(people),
            _share(shown(count), Released(people), 10_000),
            beside=RateRatio(1.4, 1.1, 1.8, "higher") if count >= 10 else Withheld.WITHHELD,
        )
        for code, count, people in (("0-9", 3, 12_000), ("10-12", 45, 4_000), ("13-15", 210, 3_900), ("16-17", 160, 2_500))
    )
    table = _table(
        "by_age",
        "Recognised children by age",
        "dots",
        (ages,),
        rows,
        out_of="children who live here",
        per=10_000,
        compared="all other children",
    )
    return _analysis("representation", "reach", "Who is recognised", table)


def example_analyses() -> tuple[Analysis, ...]:
    """One for each page; that of people who cause harm has nothing to show, and says why."""
    needs = Dimension("needs", "Need", (("care", "Was in care"), ("loss", "Lost somebody"), ("school", "Left a school")))
    ages = Dimension("age_band", "Age", _AGES)
    met = tuple(
        _row(need, age, count=25 * (place + 1) - 10 * other, out_of=200)
        for place, (need, _) in enumerate(needs.categories)
        for other, (age, _) in enumerate(_AGES)
    )
    kinds = Dimension(
        "episode_type", "Missing or away", (("missing", "Missing"), ("away", "Away without agreement"), ("not_recorded", "Not recorded"))
    )
    episodes = tuple(_row(code, count=count) for code, count in (("missing", 230), ("away", 60), ("not_recorded", 2)))
    levels = Dimension("level", "Level of concern", (("low", "Low"), ("medium", "Medium"), ("high", "High")))
    judged = tuple(
        _row(code, count=count, out_of=out_of) for code, count, out_of in (("low", 15, 140), ("medium", 60, 120), ("high", 3, 12))
    )
    feelings = Dimension("feeling", "How it feels there", (("safe", "Safe"), ("unsafe", "Unsafe"), ("mixed", "At some times")))
    named = tuple(AnalysisRow((code,), shown(count)) for code, count in (("safe", 60), ("unsafe", 45), ("mixed", 4)))
    return (
        _sources(),
        _flags(),
        _journeys(),
        _analysis(
            "episodes", "missing", "Missing episodes", _table("by_kind", "Episodes by kind", "bars", (kinds,), episodes, unit="episodes")
        ),
        _analysis(
            "needs",
            "needs",
            "What came before",
            _table("by_age", "Needs by age", "heatmap", (needs, ages), met, out_of="recognised children", per=100),
        ),
        _analysis(
            "people",
            "people_who_cause_harm",
            "People who cause harm",
            _table(
                "seen",
                "People seen with more than one child",
                "none",
                (),
                (),
                total=Withheld.WITHHELD,
                not_available="no return received",
                unit="people",
            ),
        ),
        _analysis(
            "screening",
            "screening",
            "Tools and judgements",
            _table("judged", "Judged a concern", "dots", (levels,), judged, out_of="screenings", per=100),
        ),
        _reach(),
        _analysis(
            "places", "voice", "Places young people name", _table("named", "Places named", "bars", (feelings,), named, unit="places")
        ),
    )


def with_many_tables(release: Release, page: str) -> Release:
    """The release with three tables in the first analysis of a page: so many that the page is folded."""
    first = release.analyses_of(page)[0]
    tables = tuple(replace(first.tables[0], id=f"printed_{number}", title=f"Printed number {number}") for number in (1, 2, 3))
    return replace(release, analyses=tuple(replace(each, tables=tables) if each.id == first.id else each for each in release.analyses))
