"""What is fuzzed: each reader takes any bytes, and has to answer with findings or rows within five seconds, without dying."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl

from sightline.definitions.expressions import check_condition
from sightline.definitions.formats import Format, format_ids, load_format, load_mapping
from sightline.errors import CatalogueProblems, SightlineError
from sightline.intake import read_apart
from sightline.intake.conditions import Exactness, holds
from sightline.intake.limits import Limits, machine_limits
from sightline.model.periods import Quarter
from tests.support.intake import MAPPING

SECONDS = 5
PATIENCE = int(os.environ.get("SIGHTLINE_FUZZ_PATIENCE", "6"))
"""How many times as long by the clock a busy machine may take: 1 where fuzzing is all it does, more in the ordinary run, which other tests
share. What a reader may work is the same on every machine."""
STOPPED = {"SL-INT-060", "SL-INT-061", "SL-INT-062", "SL-INT-063"}
EXAMPLES = int(os.environ.get("SIGHTLINE_FUZZ_EXAMPLES", "12"))
"""A handful in the ordinary run, always the same; thousands, other ones each time, where the variable asks for them."""
CORPUS = Path(__file__).parent / "corpus"
ALL_TYPES = """
id: all_types
title: Every type of cell
version: "1"
read: {kinds: [csv, workbook], dates: day_first}
codes:
  sex: {common: sex, values: {female: [F], male: [M], not_recorded: [U]}}
tables:
  cells:
    title: Cells
    find: {sheet: [Cells, Missing], file: ["*"]}
    person: person
    dated_by: day
    columns:
      person: {from: [Person ID], required: true}
      day: {from: [Day, Start], type: date, filled: true}
      moment: {from: [Moment], type: datetime, open_if: ["31/12/9999"]}
      whole: {from: [Whole], type: integer}
      share: {from: [Share], type: number}
      yes: {from: [Yes], type: boolean}
      home: {from: [Home], type: postcode}
      nhs: {from: [NHS], type: nhs_number}
      upn: {from: [UPN], type: upn}
      sex: {from: [Sex], type: code, codes: sex}
      many: {from: [Many], type: code, codes: sex, separator: ";"}
    rows:
      - {entity: identity_record, from: {sex: sex, upn: upn, nhs_number: nhs, postcode: home}}
      - {entity: missing_episode, needs: day, from: {started_at: moment}}
    checks:
      - {id: TEST-WHOLE, when: "whole > 3 and share < 0.5 or day > 2024-01-01", message: Odd.}
"""


class Broken(AssertionError):
    """A reader did what none may."""


@cache
def limits() -> Limits:
    """Five seconds of work whatever else the machine does, and as much time on the clock as a busy one needs for them."""
    return replace(machine_limits(), seconds=SECONDS * PATIENCE + 5, cpu_seconds=SECONDS)


def keep(reader: str, content: bytes) -> None:
    """Where the variable asks for it, keep what broke a reader; the last one kept is the smallest that was found."""
    if os.environ.get("SIGHTLINE_FUZZ_KEEP"):
        folder = CORPUS / reader
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"found-{os.environ['SIGHTLINE_FUZZ_KEEP']}").write_bytes(content)


def _read(content: bytes, name: str, form: Format, *, answers: frozenset[str] = frozenset()) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        begun = time.monotonic()
        result = read_apart([path], mapping=form, period=Quarter(2026, 1), agency="csc", dataset="test", limits=limits())
        took = time.monotonic() - begun
    stopped = [finding for finding in result.findings if finding.code in STOPPED - answers]
    if stopped:
        raise Broken(f"the reader did not survive: {stopped[0].text}")
    if took > SECONDS * PATIENCE:
        raise Broken(f"reading took {took:.1f} seconds")
    if not (result.findings or result.tables) and result.rows_read:
        raise Broken("rows were read, and neither a row nor a finding came of them")
    aside = sum(finding.rows for finding in result.findings)
    if not result.refused and result.rows_read - result.rows_kept > aside:
        raise Broken(f"{result.rows_read - result.rows_kept} rows went without a word")


@cache
def _mapping(text: str) -> Format:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yml"
        path.write_text(text, encoding="utf-8")
        return load_mapping(path)


def csv_text(content: bytes) -> None:
    _read(content, "missing.csv", _mapping(MAPPING))


def cells(content: bytes) -> None:
    _read(content, "cells.csv", _mapping(ALL_TYPES))


def xlsx(content: bytes) -> None:
    _read(content, "missing.xlsx", _mapping(MAPPING))


def xls(content: bytes) -> None:
    # How far an old workbook reaches is known only once it is laid out; that the limit on memory stops it is an answer.
    _read(content, "missing.xls", _mapping(MAPPING), answers=frozenset({"SL-INT-060"}))


def ods(content: bytes) -> None:
    _read(content, "missing.ods", _mapping(MAPPING))


def xml(content: bytes) -> None:
    _read(content, "cin.xml", load_format("cin_census"))


def json(content: bytes) -> None:
    form = next((form for id in format_ids() if "json" in (form := load_format(id)).read.kinds), None)
    if form is not None:
        _read(content, "return.json", form)


def mapping(content: bytes) -> None:
    """A mapping is loaded, or its mistakes are listed with their lines."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yml"
        path.write_bytes(content)
        try:
            load_mapping(path)
        except CatalogueProblems as problems:
            if not problems.problems:
                raise Broken("refused without a reason") from None
        except SightlineError as problem:
            if not problem.message:
                raise Broken("refused without a reason") from None
        except Exception as error:
            raise Broken(f"{type(error).__name__} while a mapping was loaded") from error
    if time.monotonic() - begun > SECONDS * PATIENCE:
        raise Broken("a mapping took too long to load")


FRAME = {"a": pl.Series("a", [1.0, None, -3.5]), "b": pl.Series("b", ["x", None, "2024-01-01"])}


def expression(content: bytes) -> None:
    """A condition is explained as wrong, or can be asked of rows."""
    text = content.decode("utf-8", errors="replace")
    types = {"a": "number", "b": "text", "c": "date", "d": "truth"}
    frame = pl.DataFrame(FRAME).with_columns(
        pl.Series("c", [None, "2024-02-29 10:00:00", "1999-12-31 00:00:00"]).str.to_datetime(), pl.Series("d", [True, None, False])
    )
    try:
        if check_condition(text, types) is None:
            frame.select(holds(text, Quarter(2026, 1), Exactness(frame)).alias("holds"))
    except Exception as error:
        raise Broken(f"{type(error).__name__} from a condition that was accepted") from error


READERS: dict[str, Callable[[bytes], None]] = {
    "csv_text": csv_text,
    "cells": cells,
    "xlsx": xlsx,
    "xls": xls,
    "ods": ods,
    "xml": xml,
    "json": json,
    "mapping": mapping,
    "expression": expression,
}
