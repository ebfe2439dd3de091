"""A small release made by hand, for tests of pages and reports; its numbers are invented and already rounded."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from sightline.model.codes import CODE_LISTS
from sightline.model.figures import Figure, NotAvailable, Range, Ratio, Released, Shown, Withheld
from sightline.model.releases import (
    NOT_AGREED,
    NOT_LINKED,
    AgencyCoverage,
    Combination,
    Coverage,
    DatasetCoverage,
    Gap,
    IndicatorText,
    QualityLine,
    Release,
    Statement,
)
from sightline.stats.intervals import byar_interval, wilson_interval
from tests.support.analyses import example_analyses

PERIODS = tuple(f"{year}-Q{number}" for year in (2022, 2023, 2024, 2025, 2026) for number in (1, 2, 3, 4))[1:17]
WARDS = tuple(
    (f"W{number:02}", name) for number, name in enumerate(("Harbour", "Lighthouse", "Saltings", "Market", "Northgate", "Dunes"), 1)
)
AGENCIES = (
    ("csc", "Children's social care"),
    ("early_help", "Early help"),
    ("youth_justice", "Youth justice"),
    ("police", "Police"),
    ("health", "Health"),
    ("education", "Education"),
    ("housing", "Housing"),
    ("voluntary", "Harbour Light"),
)
TITLES = {
    "children_with_known_concern": ("Children with a known concern", True, "children", 10_000),
    "children_referred_again": ("Children referred again within twelve months", True, "children", 100),
    "missing_episodes": ("Missing episodes", True, "episodes", None),
    "children_safe_after_plan": ("Children whose plan ended and who stayed safe six months", True, "children", 100),
    "children_whose_voice_is_recorded": ("Children whose own voice is recorded", True, "children", 100),
    "children_newly_recognised": ("Children newly recognised", False, "children", 10_000),
    "exploitation_referrals": ("Referrals naming exploitation", False, "referrals", 100),
    "assessments_naming_exploitation": ("Assessments that name exploitation", False, "assessments", 100),
    "return_interviews_in_72_hours": ("Return interviews held within 72 hours", False, "interviews", 100),
    "children_harmed_in_incidents": ("Children harmed in incidents", False, "children", 10_000),
    "children_suspended_with_concern": ("Children suspended while a concern was known", False, "children", 100),
    "emergency_attendances_for_assault": ("Emergency attendances for assault", False, "attendances", None),
}
DOMAINS = (
    ("recognition", "Recognising harm"),
    ("missing", "Missing"),
    ("help", "Help and what follows"),
    ("unknown", "What we do not know"),
)
_DOMAIN_OF = {"missing_episodes": "missing", "return_interviews_in_72_hours": "missing", "children_safe_after_plan": "help"}
_BREAKDOWNS = ("ward", "age_band", "sex", "ethnicity", "agency", "referral_source")


def _indicator(name: str) -> IndicatorText:
    title, key, unit, per = TITLES[name]
    place = list(TITLES).index(name)
    return IndicatorText(
        framework=f"{'ABCD'[place % 4]}{place + 1:02}",
        domain=_DOMAIN_OF.get(name, "recognition"),
        statistic={None: "count", 100: "proportion", 10_000: "rate"}[per],
        sources="Social care and the police, quarterly.",
        modes=("record_level", "pseudonymised"),
        interval={None: "", 100: "Wilson", 10_000: "Byar"}[per],
        known_breaks=(("2023-Q2", "The form changed, and with it what is asked."),) if name == "exploitation_referrals" else (),
        id=name,
        title=title,
        question="What does this tell us, and what does it leave out?",
        purpose="Understand return to services without assuming failure.",
        key=key,
        unit=unit,
        numerator=f"{title}, in the quarter",
        denominator="Resident children aged 10 to 17" if per else None,
        per=per,
        interpretations=(
            "The first response did not last, or did not meet the need.",
            "The young person trusted the worker enough to come back.",
        ),
        lines_of_inquiry=("Read ten of them with practitioners; what had changed since the first?",),
        caveat="Needs linked people; missed links lower it.",
        breakdowns=_BREAKDOWNS,
        agencies_needed=("csc", "police"),
        sql="select person_id, received_on as happened_on, referral_id as event_id from referral",
        lineage=("referral.person_id", "referral.received_on", "referral.referral_id"),
        version="1",
    )


def _figure(indicator: str, period: str, breakdown: str, category: str, count: Shown) -> Figure:
    per = TITLES[indicator][3]
    out_of: Shown | None = Released(5_000 if breakdown == "all" else 800) if per else None
    if per is None:
        ratio: Ratio | Withheld | NotAvailable | None = None
    elif isinstance(count, Released) and isinstance(out_of, Released):
        ends = wilson_interval(count.value, out_of.value) if per == 100 else (end / out_of.value for end in byar_interval(count.value))
        ratio = Ratio(count.value / out_of.value * per, per, *(end * per for end in ends))
    else:
        ratio = count if isinstance(count, Withheld | NotAvailable) else None
    # linkage is surest where numbers are large: one count in seven is marked as sensitive to it
    drawn = Range(max(count.value - 10, 0), count.value + 5, sensitive=count.value % 7 == 0) if isinstance(count, Released) else None
    return Figure(indicator, period, breakdown, category, count, out_of, ratio, drawn)


def _waiting() -> tuple[IndicatorText, ...]:
    """Two questions that no record answers yet."""
    asked = replace(
        _indicator("children_with_known_concern"), key=False, denominator=None, per=None, breakdowns=(), agencies_needed=(), known_breaks=()
    )
    return (
        replace(
            asked,
            id="safe_places_known",
            title="Children whose safe place is known",
            framework="G09",
            domain="unknown",
            waits_for=("Young people's own answers about where they feel safe.",),
        ),
        replace(
            asked,
            id="concerns_of_clinics",
            title="Concerns raised by sexual health services",
            framework="H09",
            waits_for=("Contacts with sexual health services.", "Whether a concern was raised at each."),
        ),
    )


@cache
def example_release(*, number: int = 1) -> Release:
    """Sixteen quarters, twelve indicators, six wards; with withheld figures and a quarter without a return.

    One for all tests, as its figures take a third of a second: a test that wants another replaces parts of it.
    """
    categories = {name: tuple(CODE_LISTS[name].items()) for name in ("age_band", "sex", "ethnicity", "referral_source")} | {
        "ward": WARDS,
        "agency": AGENCIES,
    }
    figures: list[Figure] = []
    for place, name in enumerate(TITLES):
        for step, period in enumerate(PERIODS):
            count: Shown = (
                NotAvailable("no return received")
                if (name == "emergency_attendances_for_assault" and step == 5)
                else Released(200 + 5 * ((step * (place + 3)) % 11))
            )
            figures.append(_figure(name, period, "all", "all", count))
            for breakdown in _BREAKDOWNS:
                for position, (code, _) in enumerate(categories[breakdown]):
                    part: Shown = (
                        Withheld.WITHHELD if (position + step) % 5 == 4 else Released(10 + 5 * ((position * 3 + step + place) % 9))
                    )
                    figures.append(_figure(name, period, breakdown, code, part))
    coverage = tuple(
        AgencyCoverage(
            agency=code,
            name=name,
            mode="aggregate_only" if code == "voluntary" else "record_level",
            complete=code != "housing",
            datasets=(
                DatasetCoverage(
                    dataset=code,
                    title=f"{name} quarterly extract",
                    returns_expected=16,
                    returns_received=15 if code == "housing" else 16,
                    latest_period_end="2025-12-31" if code == "housing" else "2026-03-31",
                    received_on="2026-04-20",
                    provisional=code == "police",
                ),
            ),
        )
        for code, name in AGENCIES
    )
    return Release(
        number=number,
        partnership="Saltmere Safeguarding Children Partnership",
        area="Saltmere",
        period="2026-Q1",
        periods=PERIODS,
        generation="00000000000000000001",
        generation_published_at="2026-05-15T09:00:00+00:00",
        created_at="2026-05-15T09:05:00+00:00",
        tier="strategic",
        methods={"disclosure": "threshold-10-round-5/1", "linkage": "splink-5/1", "measures": "1"},
        rounding="Counts under 10 are withheld; everything else is rounded to the nearest 5, so parts may not add up to totals.",
        agencies=coverage,
        indicators=tuple(map(_indicator, TITLES)),
        categories=categories,
        figures=tuple(figures),
        agency_sets=tuple(Combination((code,), Released(400 + 25 * place)) for place, (code, _) in enumerate(AGENCIES[:-1])),
        combinations=(
            Combination(("education",), Released(21_000), Range(20_900, 21_050, sensitive=False)),
            Combination(("csc", "education"), Released(900)),
            Combination(("csc", "education", "police"), Released(145)),
            Combination(("csc", "education", "health", "police"), Released(60)),
            Combination(("csc", "housing"), Withheld.WITHHELD),
        ),
        flagged_by_none=Released(320),
        flagged_range=Range(300, 325, sensitive=True),
        changes=(Statement("change", "Missing episodes: 40 more than in the quarter before.", "missing_episodes"),),
        unknowns=(
            Statement("late_return", "Housing has sent nothing for January to March 2026."),
            Statement("definition", "Police and early help use different thresholds for a concern.", "children_with_known_concern"),
        ),
        questions=(
            Statement("question", "Read ten of them with practitioners; what had changed since the first?", "children_referred_again"),
        ),
        quality=(QualityLine("csc", "annex_a", "2026-Q1", "query", "SL-INT-020", "A code is not in the mapping.", Released(15)),),
        attachments={},
        waiting=_waiting(),
        breakdown_titles={"ward": "Home ward", "age_band": "Age", "sex": "Sex", "ethnicity": "Ethnicity", "agency": "Agency"},
        domains=DOMAINS,
        coverage=tuple(
            Coverage(name, period, ("csc",), (("police", "no return for the quarter"),) if period == PERIODS[-2] else (), ("police",))
            for name in TITLES
            for period in PERIODS[-2:]
        ),
        analyses=example_analyses(),
    )


SUSPENDED = "agreement suspended 2026-05-15"


def with_gaps(not_linked: str) -> Release:
    """The release with police records not linked wherever its first indicator or its first analysis reads them, and Health suspended."""
    release = example_release()
    name = release.indicators[0].id
    coverage = tuple(
        replace(each, not_linked=("police",), missing=(("health", SUSPENDED),)) if each.indicator == name else each
        for each in release.coverage
    )
    first, *rest = release.analyses
    table, *tables = first.tables
    lacking = replace(first, tables=(replace(table, agencies_not_linked=("police",), agencies_missing=("health",)), *tables))
    gaps = (Gap("police", NOT_LINKED, not_linked), Gap("health", NOT_AGREED, SUSPENDED))
    return replace(release, coverage=coverage, gaps=gaps, analyses=(lacking, *rest))
