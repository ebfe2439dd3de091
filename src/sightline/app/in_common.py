"""How many people two agencies both know, where neither may tell the other who: ask, answer, count, by files carried between them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from sightline.app.submit_return import list_files
from sightline.definitions.formats import load_format, load_mapping
from sightline.definitions.linkage import name_words, nickname_sets
from sightline.disclosure import protect_count
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import EnvironmentProblem, InputRefused, Place, Refused
from sightline.intake import read_apart, recognise_apart
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from sightline.model.periods import Quarter
from sightline.privacy import in_common
from sightline.privacy.entities import STORED
from sightline.privacy.rules import LOCAL_ID

Comparison = Literal["names-and-birth", "nhs-number", "upn"]
COMPARISONS: tuple[Comparison, ...] = ("names-and-birth", "nhs-number", "upn")
_ENTITY = "identity_record"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Own:
    """One's own people: which extract, and what of each person is compared."""

    files: Sequence[Path]
    agency: str
    dataset: str
    period: Quarter
    format: str | None = None
    mapping: Path | None = None
    by: Comparison = "names-and-birth"


@dataclass(frozen=True, slots=True)
class Made:
    """What was written; ``people`` were hidden, ``left_out`` lack what people are compared by."""

    people: int
    left_out: int
    files: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"people": self.people, "left_out": self.left_out, "files": list(self.files)}


def ask(own: Own, *, out: Path, progress: Progress | None = None) -> Made:
    """Write a question to another agency, and beside it the secret that its answer is read with.

    Raises:
        TooFewAsked, LibraryMissing: See `sightline.privacy.in_common.ask`.
        Refused: If there is a file of either name.
        InputRefused: If the extract cannot be read.
    """
    secret = secret_of(out)
    _must_not_exist(out, secret)
    keys, left_out = _keys_of(own, progress)
    made = in_common.ask(keys, by=own.by, about=_about(own))
    _write(secret, made.secret)
    _write(out, made.text)
    return Made(len(keys), left_out, (str(out), str(secret)))


def answer(question: Path, own: Own, *, out: Path, progress: Progress | None = None) -> Made:
    """Write the answer to another agency's question.

    Raises:
        NotAnExchange, TooFewAsked, LibraryMissing: See `sightline.privacy.in_common.answer`.
        Refused: If there is a file of that name.
        InputRefused: If the extract cannot be read.
    """
    _must_not_exist(out)
    asked = _text_of(question)
    keys, left_out = _keys_of(own, progress)
    _write(out, in_common.answer(asked, keys, by=own.by, about=_about(own)))
    return Made(len(keys), left_out, (str(out),))


def count(answered: Path, secret: Path) -> str:
    """How many people both know, as it may be shown: rounded to 5, and a few like none.

    Raises:
        NotAnExchange, LibraryMissing: See `sightline.privacy.in_common.count_in_common`.
    """
    told = _text_of(secret)
    # Read again with the same secret, the same answer must be rounded alike: a second rounding would tell more.
    key = hashlib.blake2b(told.encode("ascii")).digest()
    return str(protect_count(in_common.count_in_common(told, _text_of(answered)), key=key, name="people in common"))


def secret_of(question: Path) -> Path:
    """Where the secret of a question lies."""
    return question.with_name(f"{question.name}.secret")


def _keys_of(own: Own, progress: Progress | None) -> tuple[set[str], int]:
    paths = list_files(own.files)
    mapping = load_mapping(own.mapping) if own.mapping else load_format(own.format or recognise_apart(paths))
    result = read_apart(paths, mapping=mapping, period=own.period, agency=own.agency, dataset=own.dataset, progress=progress)
    if result.refused or _ENTITY not in result.tables:
        raise InputRefused(
            "The extract cannot be used: it has findings that block it, or tells of nobody.",
            hint="`sightline check` shows every finding. Nothing was written.",
        )
    keys = people_keys(result.tables[_ENTITY], agency=own.agency, by=own.by)
    found = {key for key in keys if key}
    return found, keys.count(None)


def people_keys(records: pa.Table, *, agency: str, by: Comparison) -> list[str | None]:
    """What each person of an extract is compared by, None for whoever lacks it.

    Args:
        records: Identity records as intake reads them apart, under the agency's own ids.
        agency: Whose they are.
        by: What is compared.
    """
    return [_key(row, by) for row in _profiles(records, agency)]


def _profiles(records: pa.Table, agency: str) -> list[dict[str, Any]]:
    given = {name: records[name] for name in records.column_names}
    columns = {
        column.name: given.get(column.name, pa.nulls(records.num_rows, column.type)).cast(column.type) for column in STORED[_ENTITY].columns
    }
    columns |= {"identity_id": records[LOCAL_ID].cast(pa.string()), "agency_id": pa.array([agency] * records.num_rows, pa.string())}
    with DuckDBEngine(threads=1) as engine:
        prepare(engine, pa.table(columns), words=name_words(), nicknames=Nicknames.from_sets(nickname_sets()))
        profiles: list[dict[str, Any]] = engine.query(f"select given, family, dob, nhs, upn from {PROFILES} order by id").to_pylist()
    return profiles


def _key(row: dict[str, Any], by: Comparison) -> str | None:
    """What a person is compared by, written the same way at both agencies: names in either order and birth date, or a believable number."""
    match by:
        case "nhs-number":
            return row["nhs"][-1] if row["nhs"] else None
        case "upn":
            return row["upn"][-1] if row["upn"] else None
        case _:
            names = (row["given"], row["family"], row["dob"])
            return "|".join([*sorted(names[:2]), names[2]]) if all(names) else None


def _about(own: Own) -> str:
    return f"{own.agency} {own.dataset} {own.period}"


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise in_common.NotAnExchange("The file cannot be read.", place=Place(file=path.name)) from None


def _must_not_exist(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise Refused(
                "There is a file of that name.", place=Place(file=str(path)), hint="Choose another name; nothing is written over."
            )


def _write(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise EnvironmentProblem(
            f"The file cannot be written: {(problem.strerror or 'no reason given').lower()}.", place=Place(file=str(path))
        ) from problem
