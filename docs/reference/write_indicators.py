"""Write docs/reference/indicators.md from the catalogue.

python docs/reference/write_indicators.py          # write it
python docs/reference/write_indicators.py --check  # say whether it is up to date (exit code 1 when not)
"""

from __future__ import annotations

import sys
from pathlib import Path

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.indicators import Catalogue, Indicator

PAGE = Path(__file__).parent / "indicators.md"


def page(catalogue: Catalogue) -> str:
    """The whole page: every indicator with its words, what it counts and what feeds it."""
    parts = [
        "# Indicators",
        "",
        "Written by `docs/reference/write_indicators.py` from `src/sightline/catalogue`. How counting works is told in",
        "[how counting works](../explanation/how-counting-works.md), what may be shown in",
        "[rounding and withholding](../methods/rounding-and-withholding.md). Drawn examples: `tests/specs/test_indicators.py`.",
        "",
    ]
    for indicator in catalogue.indicators:
        parts += section(catalogue, indicator)
    return "\n".join(parts).rstrip() + "\n"


def section(catalogue: Catalogue, indicator: Indicator) -> list[str]:
    """One indicator."""
    ages = indicator.ages
    unknown = "count too" if ages.unknown == "counted" else "are left out"
    out_of = f"{indicator.denominator.says} (per {indicator.per:,})" if indicator.denominator is not None else "nothing: a count"
    return [
        f"## {indicator.title}",
        "",
        f"`{indicator.id}`{', a key measure' if indicator.key else ''}. {indicator.question}",
        "",
        f"- **Why**: {indicator.purpose}",
        f"- **Counts** ({indicator.unit}): {indicator.numerator.says}.",
        f"- **Out of**: {out_of}.",
        f"- **Ages**: {ages.start} to {ages.under - 1} on the day; children whose age is not known {unknown}.",
        f"- **By**: {', '.join(name.replace('_', ' ') for name in indicator.breakdowns)}.",
        f"- **Needs**: {', '.join(indicator.agencies_needed)}; {indicator.quarters_of_records} quarter(s) of records.",
        *(f"- **Break** from {each.since}: {each.note}" for each in indicator.known_breaks),
        f"- **Careful**: {indicator.caveat}",
        "",
        "May mean:",
        "",
        *(f"- {reading}" for reading in indicator.interpretations),
        "",
        "Ask:",
        "",
        *(f"- {line}" for line in indicator.lines_of_inquiry),
        "",
        f"Fed by: {', '.join(f'`{column}`' for column in catalogue.lineage_of(indicator))}.",
        "",
    ]


def main() -> int:
    """Write the page, or with --check compare it."""
    text = page(load_catalogue())
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
