"""An indicator by the categories of a breakdown: counts as bars, everything that has an interval as points with it."""

from __future__ import annotations

from sightline.model.figures import Median, Ratio
from sightline.model.releases import IndicatorText, Release
from sightline.publish.charts import bars
from sightline.publish.dot_plot import Beside, dot_plot, point_of
from sightline.publish.intervals import value_words
from sightline.publish.series import breakdown_title, has_statistic, headline_of, measured_in, period_title


def breakdown_chart(release: Release, indicator: IndicatorText, breakdown: str, period: str) -> bytes:
    """Draw one quarter, with the figure for everybody as an upright line where categories have intervals."""
    if not has_statistic(indicator):
        return bars(release, indicator.id, breakdown, period)
    figures = {figure.category: figure for figure in release.breakdown(indicator.id, breakdown, period)}
    codes = [code for code, _ in release.categories.get(breakdown, ())] or list(figures)
    whole = headline_of(release.series(indicator.id)[release.periods.index(period)], indicator)
    beside = Beside(whole.value, f"all together: {value_words(whole)}") if isinstance(whole, Ratio | Median) else None
    return dot_plot(
        name=f"bars-{indicator.id}-{breakdown}",
        title=f"{indicator.title} by {breakdown_title(release, breakdown).lower()}",
        heading=f"{measured_in(indicator)}, {period_title(period)}",
        points=[point_of(release.label(breakdown, code), headline_of(figures.get(code), indicator)) for code in codes],
        beside=beside,
        unit="%" if indicator.per == 100 else "",
    )
