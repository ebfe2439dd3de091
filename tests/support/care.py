"""Invented episodes of care for tests, a line for each: child | first day | reason | last day | reason of the end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from sightline.intake.care_history import YearOfCare

_SCHEMA = {
    "local_id": pl.String,
    "started_on": pl.Date,
    "reason": pl.String,
    "ended_on": pl.Date,
    "ended_on_precision": pl.String,
    "end_reason": pl.String,
    "source_file": pl.String,
    "source_row": pl.Int64,
}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def episodes(*lines: str) -> pl.DataFrame:
    rows = []
    for number, line in enumerate(lines, 2):
        child, first, reason, last, why = cells(line)
        end = date.fromisoformat(last) if last else None
        row = (child, date.fromisoformat(first), reason, end, "day" if end else None, why or None, "episodes.csv", number)
        rows.append(row)
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def year(ending: int, *lines: str) -> YearOfCare:
    """The return of the year to 31 March."""
    return YearOfCare(date(ending - 1, 4, 1), date(ending, 3, 31), episodes(*lines), str(ending))


def write_return(folder: Path, *lines: str, sex: str = "F") -> Path:
    """A return as an agency exports it: ``header.csv`` and ``episodes.csv`` in a folder of the year's own."""

    def day(text: str) -> str:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if text else ""

    folder.mkdir(parents=True, exist_ok=True)
    told = [cells(line) for line in lines]
    header = [f"{child},{sex},01/02/2012,WBRI,UN4,0," for child in dict.fromkeys(row[0] for row in told)]
    rows = [f"{child},{day(first)},{why},V2,N1,U4,PR1,{day(last)},{end},,QS4 2AB,QS4 2AB,XXXXXXX" for child, first, why, last, end in told]
    (folder / "header.csv").write_text("\n".join(["CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB", *header]) + "\n", encoding="utf-8")
    names = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
    (folder / "episodes.csv").write_text("\n".join([names, *rows]) + "\n", encoding="utf-8")
    return folder
