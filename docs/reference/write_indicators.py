"""Write docs/reference/indicators.md from the catalogue.

python docs/reference/write_indicators.py          # write it
python docs/reference/write_indicators.py --check  # say whether it is up to date (exit code 1 when not)
"""

from __future__ import annotations

import sys
from pathlib import Path

from sightline.app.indicator_texts import INTERVALS
from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, Indicator, Question, Waiting

PAGE = Path(__file__).parent / "indicators.md"


def page(catalogue: Catalogue) -> str:
    """The whole page: every indicator with its words, what it counts and what feeds it, by the parts of the framework."""
    counted, waiting = len(catalogue.indicators), len(catalogue.waiting)
    parts = [
        "# Indicators",
        "",
        "Written by `docs/reference/write_indicators.py` from `src/sightline/catalogue`. How counting works is told in",
        "[how counting works](../explanation/how-counting-works.md), what may be shown in",
        "[rounding and withholding](../methods/rounding-and-withholding.md), how to add your own in",
        "[add an indicator](../how-to/add-an-indicator.md). Drawn examples: `tests/specs/test_indicators*.py`.",
        "",
        f"{counted} are counted; {waiting} wait for data and say for which. Five are put up front; a partnership may choose others.",
        "",
    ]
    questions = catalogue.questions
    parts += ["Key: " + ", ".join(f"[{each.title}](#{_anchor(each)})" for each in questions if each.key) + ".", ""]
    for domain in catalogue.domains.values():
        parts += [f"## {domain.letter}. {domain.title}", "", domain.says, ""]
        of_domain = [each for each in questions if each.domain == domain.id]
        for question in sorted(of_domain, key=lambda each: (each.framework or "Z", each.order)):
            parts += section(catalogue, question)
    return "\n".join(parts).rstrip() + "\n"


def _anchor(question: Question) -> str:
    return "".join(letter for letter in _heading(question).lower().replace(" ", "-") if letter.isalnum() or letter in "-_")


def _heading(question: Question) -> str:
    return f"{question.framework + ' ' if question.framework else ''}{question.title}"


def section(catalogue: Catalogue, question: Question) -> list[str]:
    """One indicator, or one question that waits."""
    facts = _counted(catalogue, question) if isinstance(question, Indicator) else _waiting(question)
    return [
        f"### {_heading(question)}",
        "",
        f"`{question.id}`{', a key measure' if question.key else ''}. {question.question}",
        "",
        f"- **Why**: {question.purpose}",
        *([f"- **Why up front**: {question.key_reason}"] if question.key_reason else []),
        *facts,
        f"- **Sources**: {question.sources}",
        *(f"- **Break** from {each.since}: {each.note}" for each in question.known_breaks),
        f"- **Careful**: {question.caveat}",
        "",
        "May mean:",
        "",
        *(f"- {reading}" for reading in question.interpretations),
        "",
        "Ask:",
        "",
        *(f"- {line}" for line in question.lines_of_inquiry),
        "",
        *([_fed_by(catalogue, question), ""] if isinstance(question, Indicator) else []),
    ]


def _counted(catalogue: Catalogue, indicator: Indicator) -> list[str]:
    ages = indicator.ages
    unknown = "count too" if ages.unknown == "counted" else "are left out"
    about_people = catalogue.measures[indicator.numerator.measure].is_about_people
    out_of = f"{indicator.denominator.says} (per {indicator.per:,})" if indicator.denominator is not None else "nothing"
    shown = f"median, in {indicator.value}" if indicator.value else indicator.statistic
    interval = INTERVALS[indicator.statistic]
    span = f"{ages.start} to {ages.under - 1}" if ages.under <= 25 else "any"
    elsewhere = " Those who are known to live outside the area are left out." if indicator.residents_only else ""
    months = "; of twelve months to the end of the quarter" if indicator.months > 3 else ""
    months += "; a stock, drawn without control limits" if indicator.stock else ""
    return [
        f"- **Counts** ({indicator.unit}): {indicator.numerator.says}.",
        f"- **Out of**: {out_of}.",
        f"- **Shown as**: {shown}{', with ' + interval if interval else ''}{months}.",
        *([f"- **Ages**: {span} on the day; those whose age is not known {unknown}.{elsewhere}"] if about_people else []),
        f"- **By**: {', '.join(catalogue.breakdowns[name].title.lower() for name in indicator.breakdowns)}.",
        f"- **Needs**: {', '.join(indicator.agencies_needed)}, sharing {' or '.join(mode.replace('_', ' ') for mode in indicator.modes)};"
        f" {indicator.quarters_of_records} quarter(s) of records.",
    ]


def _waiting(question: Question) -> list[str]:
    waits = question.waits_for if isinstance(question, Waiting) else ()
    return ["- **Not counted yet; waits for**:", *(f"  - {each}" for each in waits)]


def _fed_by(catalogue: Catalogue, indicator: Indicator) -> str:
    return f"Fed by: {', '.join(f'`{column}`' for column in catalogue.lineage_of(indicator))}."


def main() -> int:
    """Write the page, or with --check compare it."""
    text = page(load_catalogue())
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
