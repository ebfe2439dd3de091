"""Load what says what is counted: the shipped catalogue, and beside it what a partnership adds of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path

from sightline.definitions.breakdowns import FILE_NAME as BREAKDOWNS_FILE
from sightline.definitions.breakdowns import Breakdown, Domain, read_breakdowns, read_domains
from sightline.definitions.indicator_checks import check_document
from sightline.definitions.indicators import CATALOGUE, Catalogue, Indicator, Question, Waiting, in_order, number_of
from sightline.definitions.loading import line_at, load
from sightline.definitions.measures import Measure, read_derived, read_derived_once, read_measures
from sightline.definitions.partnership import FILE_NAME as PARTNERSHIP_FILE
from sightline.definitions.partnership import KEY_INDICATORS, KeyChoice
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem

_FOLDERS = {"indicators": "*.yml", "measures": "*.sql", "derived": "*.sql"}


@dataclass
class _Reading:
    """What has been read so far, and every mistake."""

    problems: list[Problem] = field(default_factory=list)
    breakdowns: dict[str, Breakdown] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    derived: dict[str, Measure] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    documents: dict[str, tuple[Path, LineMap]] = field(default_factory=dict)

    def copy(self) -> _Reading:
        """The same, to be added to."""
        return _Reading(**{part.name: getattr(self, part.name).copy() for part in fields(self)})

    def add(self, id: str, location: tuple[str, ...], message: str, hint: str) -> None:
        path, document = self.documents[id]
        self.problems.append(Problem(Place(file=str(path), line=line_at(document, location)), message, hint))


def load_catalogue(folder: Path = CATALOGUE, *, own: Path | None = None) -> Catalogue:
    """Load indicators, measures and derived tables, checking each against the others.

    Args:
        folder: The catalogue.
        own: A partnership's folder: its ``indicators``, ``measures`` and ``derived`` are read beside the catalogue's, and its
            ``partnership.yml`` may choose the key indicators.

    Raises:
        CatalogueProblems: With every mistake in every file, each with its file and line.
    """
    if own is None:
        return _shipped() if folder == CATALOGUE else _catalogue_of(_read(folder))
    if not _has_definitions(own):
        return _with_chosen_keys(load_catalogue(folder), own / PARTNERSHIP_FILE)
    reading = (_shipped_reading() if folder == CATALOGUE else _read(folder)).copy()
    _refuse_clashes(reading, own)
    _read_folder(reading, own)
    return _with_chosen_keys(_catalogue_of(reading), own / PARTNERSHIP_FILE)


def _has_definitions(own: Path) -> bool:
    return (own / BREAKDOWNS_FILE).is_file() or any(any((own / name).glob(pattern)) for name, pattern in _FOLDERS.items())


@cache
def _shipped_reading() -> _Reading:
    """The shipped catalogue is read once: it does not change while the program runs."""
    return _read(CATALOGUE)


@cache
def _shipped() -> Catalogue:
    return _catalogue_of(_shipped_reading().copy())


def _read(folder: Path) -> _Reading:
    reading = _Reading()
    reading.domains = read_domains(folder / "domains.yml", reading.problems)
    _read_folder(reading, folder)
    return reading


def _read_folder(reading: _Reading, folder: Path) -> None:
    """Add what a folder holds to what has been read: breakdowns, derived tables, measures, then the indicators that name them."""
    if (folder / BREAKDOWNS_FILE).is_file():
        reading.breakdowns |= read_breakdowns(folder / BREAKDOWNS_FILE, reading.problems, earlier=reading.breakdowns)
    categories = {each.column for each in reading.breakdowns.values() if each.column is not None}
    if folder == CATALOGUE:
        reading.derived = read_derived_once(folder / "derived", reading.problems)
    else:
        reading.derived = read_derived(folder / "derived", reading.problems, known=reading.derived)
    reading.measures |= read_measures(folder / "measures", reading.derived, reading.problems, categories=categories)
    _read_indicators(reading, folder / "indicators")


def _catalogue_of(reading: _Reading) -> Catalogue:
    """What was read, as one catalogue.

    Raises:
        CatalogueProblems: If anything in it was wrong.
    """
    _check_together(reading)
    if reading.problems:
        raise CatalogueProblems(reading.problems)
    ordered = sorted(reading.questions, key=in_order)
    return Catalogue(
        indicators=tuple(each for each in ordered if isinstance(each, Indicator)),
        waiting=tuple(each for each in ordered if isinstance(each, Waiting)),
        measures=reading.measures,
        derived=reading.derived,
        breakdowns=reading.breakdowns,
        domains=reading.domains,
        places={id: Place(file=str(path), line=line_at(document, ("id",))) for id, (path, document) in reading.documents.items()},
    )


def _refuse_clashes(reading: _Reading, folder: Path) -> None:
    """A partnership's own file may not take the name of the catalogue's: nobody could tell which of the two was counted."""
    taken: dict[str, Collection[str]] = {"indicators": reading.documents, "measures": reading.measures, "derived": reading.derived}
    for name, pattern in _FOLDERS.items():
        for path in sorted((folder / name).glob(pattern)):
            if path.stem in taken[name]:
                place = Place(file=str(path), line=1)
                reading.problems.append(
                    Problem(place, f'the catalogue has {name} called "{path.stem}" already.', "Give yours another name.")
                )


def _read_indicators(reading: _Reading, folder: Path) -> None:
    for path in sorted(folder.glob("*.yml")):
        document = read_yaml_file(path, reading.problems)
        if not isinstance(document, LineMap):
            if document is not None:
                reading.problems.append(
                    Problem(Place(file=str(path), line=1), "is not an indicator.", "Write keys and values, as the others do.")
                )
            continue
        if path.stem in reading.documents:
            continue  # a clash, told already
        reading.documents[path.stem] = (path, document)
        kind: type[Question] = Waiting if "waits_for" in document else Indicator
        question = load(kind, document, file=str(path), problems=reading.problems)
        for location, message, hint in check_document(document, path.stem, reading.measures, reading.breakdowns, reading.domains):
            reading.add(path.stem, location, message, hint)
        if question is not None:
            reading.questions.append(question)


def _check_together(reading: _Reading) -> None:
    """Mistakes that only show when all indicators are seen: an order or a number of the framework given twice, too many key ones."""
    known = [each for each in reading.questions if each.id in reading.documents]
    for name, values in (("order", _orders(known)), ("framework", {each.id: each.framework for each in known if each.framework})):
        first: dict[object, str] = {}
        for id, value in values.items():
            if value in first:
                reading.add(id, (name,), f"{first[value]} has the same {name}, {value}.", "Number each differently.")
            first.setdefault(value, id)
    keys = [each for each in reading.questions if each.key]
    all_were_read = len(reading.questions) == len(reading.documents)
    if len(keys) != KEY_INDICATORS and all_were_read:
        names = ", ".join(each.id for each in keys)
        for each in keys[KEY_INDICATORS:] or keys[-1:]:
            reading.add(each.id, ("key",), f"{len(keys)} indicators are key: {names}.", f"Exactly {KEY_INDICATORS} are.")


def _orders(questions: Iterable[Question]) -> dict[str, int]:
    """The order that each file gives itself; what it only has by default cannot clash."""
    return {each.id: each.order for each in questions if "order" in each.model_fields_set}


def _with_chosen_keys(catalogue: Catalogue, file: Path) -> Catalogue:
    """The catalogue with the key indicators that ``partnership.yml`` chooses, if it chooses any.

    Raises:
        CatalogueProblems: If it chooses one that is not counted.
    """
    problems: list[Problem] = []
    document = read_yaml_file(file, problems) if file.is_file() else None
    chosen = document.get("key_indicators") if isinstance(document, LineMap) else None
    if not chosen or problems:
        return catalogue
    counted = {each.id for each in catalogue.indicators}
    choices: dict[str, tuple[int, KeyChoice]] = {}
    for place, each in enumerate(chosen):
        choice = load(KeyChoice, each, file=str(file), problems=problems)
        if choice is not None:
            choices[choice.id] = (place, choice)
            if choice.id not in counted:
                line = line_at(document, ("key_indicators", place, "id"))
                waits = any(waiting.id == choice.id for waiting in catalogue.waiting)
                message = f'"{choice.id}" waits for data and is not counted yet.' if waits else f'"{choice.id}" is no indicator.'
                problems.append(Problem(Place(file=str(file), line=line), message, "See `sightline indicators list`."))
    if problems:
        raise CatalogueProblems(problems)
    return replace(catalogue, indicators=_rechosen(catalogue.indicators, choices))


def _rechosen(indicators: tuple[Indicator, ...], choices: Mapping[str, tuple[int, KeyChoice]]) -> tuple[Indicator, ...]:
    changed = []
    for each in indicators:
        if each.id in choices:
            place, choice = choices[each.id]
            changed.append(each.model_copy(update={"key": True, "key_reason": choice.reason, "order": place + 1}))
        else:
            order = number_of(each.framework) if each.framework else each.order
            changed.append(each.model_copy(update={"key": False, "key_reason": "", "order": order}))
    return tuple(sorted(changed, key=in_order))
