"""An indicator in brief: as a card of the overview, and as a row of the list."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from sightline.model.releases import IndicatorText, Release
from sightline.publish.charts import sparkline
from sightline.publish.series import quarters_back
from sightline.web import words
from sightline.web.drawings import inline


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of an indicator in brief."""

    id: str
    framework: str
    title: str
    question: str
    headline: object
    per: str
    behind: str
    linking: str
    change: str
    coverage: str
    sparkline: Markup | None


def card_of(release: Release, indicator: IndicatorText) -> Card:
    """An indicator's headline figure, the difference from the quarter before, and how far it can be relied on."""
    back = quarters_back(indicator)
    before, *_, now = ([None] * (back + 1) + release.series(indicator.id))[-1 - back :]
    leading = words.headline(now, indicator)
    return Card(
        id=indicator.id,
        framework=indicator.framework,
        title=indicator.title,
        question=indicator.question,
        headline=words.in_column(leading),
        per=words.per(leading),
        behind=words.behind(now, indicator),
        linking=words.left_open(now.count if now else None, now.range if now else None),
        change=words.change(now, before, indicator),
        coverage=words.coverage(release, indicator),
        sparkline=inline(sparkline(release, indicator.id)),
    )
