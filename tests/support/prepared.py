"""A mapping, an extract of invented people and a key, for tests of `prepare`: every value of the extract is easy to search for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sightline.app.prepare import Prepared, Request, prepare
from sightline.model.packages import FileTold, Manifest
from sightline.model.periods import Quarter
from sightline.store.packages import MANIFEST, pack, unpack

AT = datetime(2026, 5, 15, 9, tzinfo=UTC)
KEY = bytes(range(3, 35)).hex()

MAPPING = """
extends: shared/codes
id: test_markers
title: Markers
version: "1"
agency: police
read: {kinds: csv, dates: day_first}
codes:
  kind:
    values:
      criminal: {title: CCE, also: {exploitation: criminal, certainty: suspected, definition: cce}}
      not_recorded: {title: Not recorded}
tables:
  markers:
    title: Markers
    find: {file: ["markers*"]}
    required: true
    person: number
    dated_by: began
    columns:
      number: {from: [nominal], required: true}
      given: {from: [forename]}
      family: {from: [surname]}
      born: {from: [dob], type: date, span: birth}
      sex: {from: [sex], type: code, codes: sex}
      home: {from: [postcode], type: postcode}
      nhs: {from: [nhs], type: nhs_number}
      kind: {from: [marker], type: code, codes: kind}
      began: {from: [start], type: date}
      team: {from: [team], optional: true}
      words: {from: [notes], optional: true}
    rows:
      - entity: identity_record
        from: {given_name: given, family_name: family, date_of_birth: born, sex: sex, postcode: home, nhs_number: nhs}
      - entity: flag
        needs: began
        from:
          flag: kind
          exploitation_type: kind@exploitation
          certainty: kind@certainty
          definition_id: kind@definition
          started_on: began
          applied_by: team
      - {entity: narrative, needs: words, from: {text: words, written_on: began}}
definitions:
  cce: {title: CCE marker, exploitation_type: [criminal], certainty: suspected, threshold: One sign., applied_by: Any officer}
"""

HEADER = "nominal,forename,surname,dob,sex,postcode,nhs,marker,start,team,notes,street"
PEOPLE = (
    "NOM-70001,Zebedee,Quillfeather,17/05/2011,M,QS4 2AB,943 476 5919,CCE,03/02/2026,Response,"
    "Seen near the old pier with an older lad he knows,14 Long Acre Row",
    "NOM-70002,Persephone,Marsh,29/08/2010,F,QS4 2AD,987 654 4321,CCE,11/02/2026,Response,"
    "Her phone went on all night and she was tired,9 Low Farm Close",
    "NOM-70003,Ptolemy,Oakenshaw,02/11/2012,M,QS7 9ZZ,,Unheard of,19/03/2026,Harbour team,"
    "He says that nobody listens when he comes home,2 The Old Mill",
)
SECRETS = (
    *("NOM-70001", "NOM-70002", "NOM-70003", "Zebedee", "Quillfeather", "Persephone", "Ptolemy", "Oakenshaw", "Unheard of"),
    *("17/05/2011", "2011-05-17", "29/08/2010", "2010-08-29", "2012-11-02", "QS4 2AB", "QS42AB", "QS4 2AD", "QS7 9ZZ"),
    *("943 476 5919", "9434765919", "9876544321", "old pier", "tired", "nobody listens", "Long Acre", "Low Farm", "Old Mill"),
)


def write_extract(folder: Path, *, people: tuple[str, ...] = PEOPLE, name: str = "markers.csv", header: str = HEADER) -> Path:
    """The extract, in a file of its own."""
    path = folder / name
    path.write_text("\n".join((header, *people)) + "\n", encoding="utf-8")
    return path


def request(folder: Path, *, privacy: str = "", **more: Any) -> Request:
    """A request to prepare the extract under a mapping with this privacy block."""
    mapping, key = folder / "mapping.yml", folder / "partnership.key"
    mapping.write_text(MAPPING + (f"privacy: {privacy}\n" if privacy else ""), encoding="utf-8")
    key.write_text(KEY, encoding="ascii")
    files = more.pop("files", None) or [write_extract(folder)]
    given = {"agency": "police", "dataset": "markers", "period": Quarter(2026, 1), "at": AT, "mapping": mapping, "key_file": key, **more}
    return Request(files=files, **given)


def made(folder: Path, *, out: str = "package.zip", **more: Any) -> Prepared:
    """A package of the extract, made in the folder."""
    return prepare(request(folder, **more), out=folder / out)


def left_in(folder: Path) -> set[str]:
    """What lies in the folder besides what was put there."""
    return {path.name for path in folder.iterdir()} - {"mapping.yml", "partnership.key", "markers.csv"}


def rewritten(package: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """A package with other members and a manifest that fits them: what somebody who knows the form can make."""
    members = unpack(package)
    change(members)
    manifest = Manifest.from_bytes(members[MANIFEST])
    told = [
        FileTold(name=name, sha256=hashlib.sha256(text).hexdigest(), bytes=len(text)) for name, text in members.items() if name != MANIFEST
    ]
    members[MANIFEST] = manifest.model_copy(update={"members": told}).to_bytes()
    return pack(list(members.items()))
