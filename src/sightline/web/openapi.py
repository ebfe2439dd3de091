"""What programs can ask of the pages: every address that answers with data or a file, as OpenAPI 3.1, made from the table of addresses.

It is written to docs/reference/openapi.json and served nowhere. An address of data that `DATA` lacks is an error: none stays undescribed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern

from sightline.app import findings_files, linkage_statement
from sightline.publish import assessment_report, subject_answer
from sightline.publish.asked_table import ASKED_KINDS
from sightline.publish.exports import CONTENT_TYPES
from sightline.web.pages import analyses
from sightline.web.permissions import PAGES, PUBLIC, who_may_see
from sightline.web.urls import urlpatterns

_TEXT = {"type": "string", "maxLength": 200}
_PARAMETER = re.compile(r"<(?P<converter>\w+):(?P<name>\w+)>")
_IS_DATA = re.compile(r"(\.(<\w+:kind>|\w+)|/file|^healthz)$")
_SCHEMAS: dict[str, dict[str, Any]] = {
    "int": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,60}$"},
}


@dataclass(frozen=True, slots=True)
class Data:
    """One address of data."""

    says: str
    kinds: Mapping[str, str]
    """For each ending that the address may have, the content type; the key is empty for an address with one ending only."""
    asks: tuple[str, ...] = ()
    """What it reads from the query, or from the form where it is sent as one."""
    holds: tuple[str, ...] = ()
    """What its JSON has at the top."""
    form: bool = False
    json_type: str = "object"


_BOARD = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
_TABLE = ("table", "period", "rows", "columns", "show")
DATA: dict[str, Data] = {
    "health": Data("Whether the pages answer.", {"": "application/json"}, holds=("status",)),
    "ward_boundaries": Data(
        "The outlines that an indicator is mapped by.", {"": "application/geo+json"}, ("indicator",), ("type", "features")
    ),
    "ward_figures": Data("What the map says of each ward or area.", {"": "application/json"}, ("indicator",), ("gaps", "wards")),
    "release_file": Data("Every figure of a release.", CONTENT_TYPES, holds=("figures", "indicators")),
    "indicator_file": Data("Every figure of one indicator of a release.", CONTENT_TYPES, holds=("figures", "indicator")),
    "assessment_file": Data("The impact assessment of an agreement.", assessment_report.CONTENT_TYPES, holds=("agreement", "digest")),
    "processing_file": Data("The record of processing.", assessment_report.CONTENT_TYPES, holds=("agreements", "digest")),
    "board_report_file": Data("The board report of a release.", _BOARD),
    "ask_table_file": Data("A table asked of a release.", ASKED_KINDS, _TABLE),
    "whole_table_file": Data("A whole protected table of a release.", {"": "application/vnd.apache.parquet"}),
    **{
        f"{page}_file": Data(f"The tables of one analysis of “{each.title}”.", CONTENT_TYPES, holds=("analysis", "tables"))
        for page, each in analyses.PAGES.items()
    },
    "links_file": Data("How records were linked.", linkage_statement.CONTENT_TYPES),
    "return_findings_file": Data("What was found in a return, for its own agency.", findings_files.CONTENT_TYPES, holds=("findings",)),
    "audit_file": Data(
        "Events of the audit, for a reason that is written down.",
        CONTENT_TYPES,
        ("person", "agency", "subject", "kind", "since", "until", "reason"),
        form=True,
        json_type="array",
    ),
    "subject_access_file": Data("The answer to a person who asked what is held about them.", subject_answer.CONTENT_TYPES, form=True),
    "output_record": Data("How a file that may leave was checked.", {"": "application/json"}, holds=("sha256", "checks")),
    "output_file": Data("A file that was checked and may leave.", {"": "*/*"}),
}
"""Every address of data, by its name."""


def describe() -> dict[str, Any]:
    """The description, from the addresses as they are."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sightline: data and files",
            "version": "1",
            "description": "Addresses that answer programs. People sign in as on the pages; each role is given what the permissions say.",
        },
        "paths": {path: operation for pattern in urlpatterns if is_data(pattern) for path, operation in _operations(pattern)},
        "components": {"securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "sessionid"}}},
    }


def is_data(pattern: URLPattern) -> bool:
    """Whether an address answers with data or a file: its ending says so."""
    return _IS_DATA.search(str(pattern.pattern)) is not None


def _operations(pattern: URLPattern) -> Iterator[tuple[str, dict[str, Any]]]:
    name, route = str(pattern.name), str(pattern.pattern)
    data = DATA[name]
    for kind, content_type in data.kinds.items():
        path = "/" + re.sub(r"<\w+:kind>", kind, route)
        operation = {
            "operationId": f"{name}.{kind}" if kind else name,
            "summary": data.says,
            "description": _for_whom(name),
            "security": [] if PAGES[name] is PUBLIC else [{"session": []}],
            "parameters": [*_of_path(path), *([] if data.form else map(_of_query, data.asks))],
            "responses": _responses(name, data, content_type),
        }
        if data.form:
            fields = dict.fromkeys(data.asks, _TEXT)
            form = {
                "type": "object",
                "properties": fields,
                "required": [each for each in data.asks if each == "reason"],
                "additionalProperties": False,
            }
            operation["requestBody"] = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}}
        yield _PARAMETER.sub(r"{\g<name>}", path), {"post" if data.form else "get": operation}


def _for_whom(name: str) -> str:
    return "For anybody." if PAGES[name] is PUBLIC else f"For: {', '.join(who_may_see(name)).lower()}."


def _of_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": found["name"], "in": "path", "required": True, "schema": _SCHEMAS[found["converter"]]}
        for found in _PARAMETER.finditer(path)
    ]


def _of_query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": _TEXT}


def _responses(name: str, data: Data, content_type: str) -> dict[str, Any]:
    if content_type.endswith("json"):
        schema: dict[str, Any] = {"type": data.json_type}
        if data.holds:
            schema["required"] = list(data.holds)
    else:
        schema = {}
    page = {"content": {"text/html; charset=utf-8": {"schema": {"type": "string"}}}}
    found: dict[str, Any] = {"description": data.says, "content": {content_type: {"schema": schema}}}
    answers = {"200": found, "400": {"description": "What was sent could not be understood.", **page}}
    if PAGES[name] is not PUBLIC:
        answers["302"] = {"description": "Nobody is signed in, or a second factor comes first: to the sign-in page."}
        answers["403"] = {"description": "The role is not given it.", **page}
        answers["429"] = {"description": "Several answers for this person are being made already: ask again in a moment.", **page}
        answers["404"] = {"description": "There is none, or not for this person.", **page}
    return answers
