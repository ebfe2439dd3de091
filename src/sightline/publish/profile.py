"""The public profile of one local authority: published figures as rates with ranges, beside England and its region, and over the years.

Comparisons use three neutral words: lower, higher, no clear difference (docs/methods/rates.md). Nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sightline.definitions.published import CHILDREN, PublishedCatalogue, PublishedMeasure
from sightline.model.figures import NotAvailable, Released, Shown
from sightline.publish.published_tables import ENGLAND, Area, PlaceName, Table
from sightline.stats.intervals import FEWEST_FOR_BYAR, RatioInterval, rate_intervals, rate_ratio_interval, wilson_intervals

LOWER, HIGHER, NO_CLEAR_DIFFERENCE = "lower", "higher", "no clear difference"
NOT_COLLECTED = NotAvailable("not collected")


@dataclass(frozen=True, slots=True)
class Rate:
    """A percentage (``per`` 100) or a rate for so many children, with its 95% range and the method that gave the range."""

    value: float
    lower: float
    upper: float
    per: int
    method: str


@dataclass(frozen=True, slots=True)
class YearFigure:
    """One place in one year: what was counted, out of what, and the rate made of both."""

    year: int
    count: Shown
    out_of: Shown
    rate: Rate | NotAvailable


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rates in neutral words; ``ratio`` is None where they cannot be compared, and ``words`` then say why."""

    words: str
    ratio: RatioInterval | None

    @property
    def differs(self) -> bool:
        return self.words in (LOWER, HIGHER)


@dataclass(frozen=True, slots=True)
class MeasureProfile:
    """One measure for the area, its region and England: a figure for each year in which the area is in the table, oldest first."""

    measure: PublishedMeasure
    here: tuple[YearFigure, ...]
    region: tuple[YearFigure, ...]
    england: tuple[YearFigure, ...]
    beside_england: Comparison
    since_last_year: Comparison

    @property
    def latest(self) -> YearFigure:
        return self.here[-1]


@dataclass(frozen=True, slots=True)
class TableUsed:
    """A table the profile was made from."""

    title: str
    publication: str
    file: str
    years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the published tables say about one area."""

    area: Area
    latest_year: int
    last_published_year: int
    measures: tuple[MeasureProfile, ...]
    tables: tuple[TableUsed, ...]
    symbols: Mapping[str, str]
    england_assessments: Shown

    def group(self, name: str) -> list[MeasureProfile]:
        """The measures of one group, in the catalogue's order."""
        return [each for each in self.measures if each.measure.group == name]

    def measure(self, id: str) -> MeasureProfile:
        """One measure.

        Raises:
            KeyError: If there is none of that id.
        """
        for each in self.measures:
            if each.measure.id == id:
                return each
        raise KeyError(id)


def population_year(return_year: int) -> int:
    """The mid-year population a return year is measured against: the year to 31 March 2024 against mid-2023, as the publisher does."""
    return return_year - 1


@dataclass(frozen=True)
class Publication:
    """The published tables, and the figures already made from them: England's and a region's serve every area that asks."""

    tables: Mapping[str, Table]
    catalogue: PublishedCatalogue
    _made: dict[tuple[str, PlaceName], dict[int, YearFigure]] = field(default_factory=dict, repr=False)

    def figures(self, measure: PublishedMeasure, place: PlaceName, years: Sequence[int]) -> tuple[YearFigure, ...]:
        """A measure for a place in some of the table's years."""
        key = (measure.id, place)
        if key not in self._made:
            self._made[key] = {figure.year: figure for figure in self._figures(measure, place)}
        return tuple(self._made[key][year] for year in years)

    def _figures(self, measure: PublishedMeasure, place: PlaceName) -> Iterator[YearFigure]:
        table = self.tables[measure.table]
        counts: list[Shown] = []
        wholes: list[Shown] = []
        for year in table.years:
            collected = measure.first_year is None or year >= measure.first_year
            counts.append(table.figure(place, year, measure.column) if collected else NOT_COLLECTED)
            if measure.out_of == CHILDREN:
                wholes.append(self.tables["population"].figure(place, population_year(year), "population_estimate"))
            else:
                wholes.append(table.figure(place, year, measure.out_of))
        for each in zip(table.years, counts, wholes, _rates(counts, wholes, measure.per), strict=True):
            yield YearFigure(*each)


def build_profile(publication: Publication, area: Area) -> Profile:
    """Make the profile of an area from the tables.

    Raises:
        InputRefused: If a cell is neither a number nor a symbol the publisher uses.
    """
    here: PlaceName = ("Local authority", area.name)
    tables, wanted = publication.tables, publication.catalogue.measures
    measures = tuple(_measure(publication, measure, here, area) for measure in wanted if tables[measure.table].years_of(here))
    latest = max(each.latest.year for each in measures)
    headline = tables.get("headline")
    assessed = headline.figure(ENGLAND, latest, "completed_assessments") if headline else NotAvailable("not in the folder")
    used = (TableUsed(t.definition.title, t.definition.publication, t.file, tuple(t.years)) for t in tables.values())
    last_published = max(tables[measure.table].years[-1] for measure in wanted)
    return Profile(area, latest, last_published, measures, tuple(used), publication.catalogue.symbols, assessed)


def _measure(publication: Publication, measure: PublishedMeasure, here: PlaceName, area: Area) -> MeasureProfile:
    years = publication.tables[measure.table].years_of(here)
    places = (here, ("Regional", area.region), ENGLAND)
    own, region, england = (publication.figures(measure, place, years) for place in places)
    before = next((figure for figure in own if figure.year == years[-1] - 1), None)
    return MeasureProfile(
        measure,
        own,
        region,
        england,
        beside_england=compare(own[-1], england[-1]),
        since_last_year=compare(own[-1], before) if before else Comparison("no figure for the year before", None),
    )


def _rates(counts: Sequence[Shown], wholes: Sequence[Shown], per: int) -> list[Rate | NotAvailable]:
    """Rates where both parts are numbers that fit together; the reason of the part that is not, elsewhere."""
    pairs = [_parts(count, whole, per) for count, whole in zip(counts, wholes, strict=True)]
    good = [pair for pair in pairs if not isinstance(pair, NotAvailable)]
    x, n = [float(pair[0]) for pair in good], [float(pair[1]) for pair in good]
    if per == 100:
        low, high = wilson_intervals(x, n)
        low, high = low * 100, high * 100
    else:
        low, high = rate_intervals(x, n, per=per)
    made = iter(
        Rate(a / b * per, float(bottom), float(top), per, _method(a, per)) for a, b, bottom, top in zip(x, n, low, high, strict=True)
    )
    return [pair if isinstance(pair, NotAvailable) else next(made) for pair in pairs]


def _method(count: float, per: int) -> str:
    return "Wilson" if per == 100 else "exact" if count < FEWEST_FOR_BYAR else "Byar"


def _parts(count: Shown, whole: Shown, per: int) -> tuple[int, int] | NotAvailable:
    if not isinstance(count, Released):
        return count if isinstance(count, NotAvailable) else NotAvailable(str(count))
    if not isinstance(whole, Released):
        return NotAvailable(f"what it is out of is {whole}")
    if whole.value <= 0 or (per == 100 and count.value > whole.value):
        return NotAvailable("the published parts do not fit together")
    return count.value, whole.value


def compare(one: YearFigure, other: YearFigure) -> Comparison:
    """Say whether one rate is lower or higher than another, or that chance alone could make the difference."""
    for figure in (one, other):
        if isinstance(figure.rate, NotAvailable):
            return Comparison(f"cannot be compared: {figure.rate}", None)
    x, n, y, m = (float(part.value) for part in (one.count, one.out_of, other.count, other.out_of) if isinstance(part, Released))
    if x + y == 0:
        return Comparison(NO_CLEAR_DIFFERENCE, None)
    ratio = rate_ratio_interval(x, n, y, m)
    if ratio.upper < 1:
        return Comparison(LOWER, ratio)
    return Comparison(HIGHER if ratio.lower > 1 else NO_CLEAR_DIFFERENCE, ratio)
