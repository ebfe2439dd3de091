"""A partnership: its area, its agencies, what each of them sends, how often, and when it is due."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sightline.definitions.loading import Definition, line_at, load
from sightline.definitions.yaml import read_yaml_file
from sightline.errors import CatalogueProblems, InputRefused, NotFound, Place, Problem
from sightline.model.agreements import Mode
from sightline.model.periods import Quarter, quarters_between

__all__ = ["FILE_NAME", "Agency", "Dataset", "Every", "Geography", "KeyChoice", "Mode", "Partnership", "load_partnership"]

FILE_NAME = "partnership.yml"
KEY_INDICATORS = 5
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Every(StrEnum):
    """How often a dataset is sent. A year is April to March and is sent for its last quarter; a term is sent for the quarter it ends in."""

    QUARTER = "quarter"
    YEAR = "year"
    TERM = "term"


_QUARTERS_OF = {Every.QUARTER: (1, 2, 3, 4), Every.YEAR: (1,), Every.TERM: (1, 2, 4)}


def _quarter(value: Any) -> Any:
    try:
        return Quarter.parse(value) if isinstance(value, str) else value
    except InputRefused as problem:
        raise ValueError(f"{problem.message} {problem.hint}") from problem


class Dataset(Definition):
    """One dataset that an agency sends: read by a format of the catalogue, or by the partnership's own ``mapping`` file.

    ``settles_after`` says how many later quarters must have passed before a period counts as complete; until then it is provisional.
    """

    id: Identifier
    title: str
    format: str | None = None
    mapping: str | None = None
    every: Every
    due_days: int = Field(ge=0)
    settles_after: int = Field(default=0, ge=0)

    def is_expected(self, period: Quarter) -> bool:
        return period.number in _QUARTERS_OF[self.every]

    def covers(self, period: Quarter) -> tuple[date, date]:
        """First and last day of what a return for ``period`` tells about."""
        if self.every is Every.YEAR:
            return period.plus(-3).start, period.end
        if self.every is Every.TERM and period.number == 4:
            return date(period.year, 9, 1), period.end
        return period.start, period.end

    def due_on(self, period: Quarter) -> date:
        return period.end + timedelta(days=self.due_days)


class Agency(Definition):
    """One agency of the partnership. Where nothing is said of the detail, it shares counts only."""

    id: Identifier
    name: str
    mode: Mode = Mode.AGGREGATE_ONLY
    datasets: tuple[Dataset, ...] = Field(min_length=1)

    def dataset(self, id: str) -> Dataset:
        """One of its datasets.

        Raises:
            NotFound: If it sends no such dataset; the hint lists those it sends.
        """
        for dataset in self.datasets:
            if dataset.id == id:
                return dataset
        known = ", ".join(dataset.id for dataset in self.datasets)
        raise NotFound(f'{self.name} sends no dataset called "{id}".', hint=f"It sends: {known}.")


class Geography(Definition):
    """File names inside the geography folder.

    ``ward_names`` may say as well to which council, police force, health footprint and region each ward belongs, its fifth of deprivation
    (1 the most deprived) and its centre. ``ward_versions`` says what became of wards that are no more; without it nothing changed.
    """

    wards: str = "wards.geojson"
    ward_names: str = "wards.csv"
    postcodes: str = "postcodes.csv"
    population: str = "population.csv"
    ward_versions: str | None = None


class KeyChoice(Definition):
    """One indicator that the partnership puts up front, and why it does."""

    id: Identifier
    reason: Annotated[str, Field(min_length=1)]


class Support(Definition):
    """Somewhere near where those who read hard things can talk: a page (https), a telephone number, or both."""

    name: Annotated[str, Field(min_length=1)]
    says: str = ""
    address: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None
    telephone: Annotated[str, Field(pattern=r"^[0-9 +()]{3,24}$")] | None = None


class Partnership(Definition):
    """Everything that is particular to one partnership and not to Sightline."""

    id: Identifier
    name: str
    area: str
    authority_code: str
    first_period: Annotated[Quarter, BeforeValidator(_quarter)]
    agencies: tuple[Agency, ...] = Field(min_length=1)
    geography: Geography = Geography()
    key_indicators: tuple[KeyChoice, ...] | None = None
    """The five indicators put up front, in this order; the catalogue's own five where it is left out."""
    support: tuple[Support, ...] = ()
    """Where readers of hard texts find somebody to talk to, shown beside each such text."""
    today: date | None = None
    """An invented partnership's own today, which its calendar takes for today; a real one leaves it out."""

    def agency(self, id: str) -> Agency:
        """One of the agencies.

        Raises:
            NotFound: If there is no such agency; the hint lists those there are.
        """
        for agency in self.agencies:
            if agency.id == id:
                return agency
        raise NotFound(
            f'There is no agency called "{id}" in {self.name}.',
            hint=f"The agencies are: {', '.join(agency.id for agency in self.agencies)}.",
        )

    def periods(self, dataset: Dataset, as_of: date) -> list[Quarter]:
        """Every period that has ended by ``as_of`` and for which a return of this dataset is expected, oldest first."""
        ended = quarters_between(self.first_period, Quarter.containing(as_of).plus(-1))
        return [period for period in ended if dataset.is_expected(period)]


def load_partnership(path: Path) -> Partnership:
    """Read ``partnership.yml``, given as the file or as the folder it lies in.

    Raises:
        NotFound: If there is no such file.
        CatalogueProblems: With every mistake, its file and its line.
    """
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        raise NotFound(
            f"There is no {FILE_NAME} to read.",
            place=Place(file=str(file)),
            hint="Name the folder that holds it.",
        )
    problems: list[Problem] = []
    document = read_yaml_file(file, problems)
    if document is None and not problems:
        problems.append(Problem(Place(file=str(file)), "is empty.", "Start from an example partnership."))
    partnership = None if document is None else load(Partnership, document, file=str(file), problems=problems)
    if partnership is not None:
        _check(partnership, document, file, problems)
    if problems or partnership is None:
        raise CatalogueProblems(problems)
    return partnership


def _check(partnership: Partnership, document: Any, file: Path, problems: list[Problem]) -> None:
    """Mistakes that only show when parts are seen together: two of a name, no way to read a dataset, a missing mapping file."""

    def problem(location: tuple[int | str, ...], message: str, hint: str) -> None:
        problems.append(Problem(Place(file=str(file), line=line_at(document, location)), message, hint))

    chosen = [choice.id for choice in partnership.key_indicators or ()]
    if partnership.key_indicators is not None and len(chosen) != KEY_INDICATORS:
        problem(("key_indicators",), f"{len(chosen)} key indicators are chosen.", f"Choose exactly {KEY_INDICATORS}, or leave it out.")
    for position, id in enumerate(chosen):
        if id in chosen[:position]:
            problem(("key_indicators", position, "id"), f'"{id}" is chosen twice.', "Choose another.")
    agencies: set[str] = set()
    for position, agency in enumerate(partnership.agencies):
        if agency.id in agencies:
            problem(("agencies", position, "id"), f'two agencies are called "{agency.id}".', "Give each its own id.")
        agencies.add(agency.id)
        datasets: set[str] = set()
        for place, dataset in enumerate(agency.datasets):
            where = ("agencies", position, "datasets", place, "id")
            if dataset.id in datasets:
                problem(where, f'{agency.id} has two datasets called "{dataset.id}".', "Give each its own id.")
            datasets.add(dataset.id)
            if (dataset.format is None) == (dataset.mapping is None):
                problem(where, f'dataset "{dataset.id}" needs a format or a mapping, and not both.', "Keep the one that reads its files.")
            elif dataset.mapping is not None and not (file.parent / dataset.mapping).is_file():
                problem(where, f'the mapping file "{dataset.mapping}" does not exist.', "Write it, or correct its name.")
