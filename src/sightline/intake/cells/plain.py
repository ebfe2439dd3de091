"""Read numbers, truth values, postcodes, NHS numbers and unique pupil numbers: distinct texts in, nulls for what cannot be read."""

from __future__ import annotations

import re

import polars as pl

_YES = {"true", "yes", "y", "1", "t", "1.0"}
_NO = {"false", "no", "n", "0", "f", "0.0"}
_LIST_LETTER = re.compile(r"^[a-z]{1,2}\)\s*", re.IGNORECASE)
_NHS_WEIGHTS = range(10, 1, -1)
_NHS_LENGTH = 10


def read_numbers(cells: pl.Series, *, whole: bool) -> pl.Series:
    """Numbers, with or without thousands separators; whole ones only when asked."""
    numbers = cells.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    finite = numbers.is_finite() & (numbers.abs() < 1e15)
    numbers = numbers.to_frame("n").select(pl.when(finite).then("n")).to_series()
    if not whole:
        return numbers
    return numbers.to_frame("n").select(pl.when(pl.col("n") == pl.col("n").round()).then("n")).to_series().cast(pl.Int64)


def _truth(text: str) -> bool | None:
    plain = _LIST_LETTER.sub("", text).strip().lower()
    return True if plain in _YES else False if plain in _NO else None


def read_truths(cells: pl.Series) -> pl.Series:
    """Yes and no in the spellings that extracts use (``a) Yes``, ``1``, ``true``)."""
    return pl.Series([_truth(text) for text in cells], dtype=pl.Boolean)


def read_postcodes(cells: pl.Series) -> pl.Series:
    """Postcodes in their usual form, capitals with one space; null for anything that is not a whole postcode."""
    plain = cells.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    parts = plain.str.extract(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}$")
    return parts + " " + plain.str.slice(-3)


def read_identifiers(cells: pl.Series) -> pl.Series:
    """Numbers and letters only, in capitals: NHS numbers and UPNs are written with spaces and dashes in many ways."""
    plain = cells.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    return plain.to_frame("n").select(pl.when(pl.col("n") != "").then("n")).to_series()


def is_nhs_number(number: str) -> bool:
    """Whether ten digits end in the check digit that NHS numbers have (modulus 11).

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918")
    (True, False)
    """
    if len(number) != _NHS_LENGTH or not (number.isascii() and number.isdigit()):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_NHS_WEIGHTS, number, strict=False))
    return (11 - total % 11) % 11 == int(number[-1])


def valid_identifiers(cells: pl.Series, type: str) -> pl.Series:
    """Which identifiers have the shape (and for NHS numbers the check digit) of their kind."""
    if type == "upn":
        return cells.str.contains(r"^[A-Z][0-9]{11}[0-9A-Z]$")
    digits = cells.str.contains(r"^[0-9]{10}$")
    total = sum(
        (weight * cells.str.slice(place, 1).cast(pl.Int32, strict=False) for place, weight in enumerate(_NHS_WEIGHTS)),
        start=pl.Series([0] * len(cells)),
    )
    check = (11 - total % 11) % 11
    return (digits & (check == cells.str.slice(9, 1).cast(pl.Int32, strict=False))).fill_null(value=False)
