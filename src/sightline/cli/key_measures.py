"""How commands print the five key measures of a release."""

from __future__ import annotations

from sightline.cli.output import Output
from sightline.model.periods import Quarter
from sightline.model.releases import Release
from sightline.publish.series import LINKING, linking_words
from sightline.publish.words import without_links


def show_key_measures(output: Output, release: Release) -> None:
    """The five, as released: rounded to 5, with what they are out of."""
    rows = []
    for indicator in (indicator for indicator in release.indicators if indicator.key):
        figure = release.series(indicator.id)[-1]
        shown = str(figure.count) if figure else "not available"
        ratio = str(figure.statistic) if figure and figure.statistic is not None else ""
        rows.append((indicator.title, shown, linking_words(figure), ratio))
    output.table(
        ("Key measure", "Count", LINKING, "Rate or share"),
        rows,
        title=f"{release.area}, {Quarter.parse(release.period).title}",
    )
    output.say(release.rounding)
    missing = [agency.name for agency in release.agencies if not agency.complete]
    of = len(release.agencies)
    said = [f"not complete: {', '.join(missing)}" if missing else "", without_links(release)]
    output.say("; ".join([f"{of - len(missing)} of {of} agencies complete", *filter(None, said)]) + ".")
