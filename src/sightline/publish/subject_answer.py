"""The answer to a person who asked what is held about them: the same facts for people (HTML) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sightline.publish.document import Block, Bullets, DataTable, Document, Heading, Paragraph, Section
from sightline.publish.write_html import write_html

CONTENT_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json"}
_RIGHTS = (
    "You can ask that what is wrong be put right, that it be erased or used less, and you can object to its use.",
    "You can complain to whoever answered you, and to the Information Commissioner (ico.org.uk).",
)


def subject_answer(facts: Mapping[str, Any], kind: str) -> bytes:
    """The answer as a file."""
    if kind == "json":
        return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return write_html(answer_document(facts))


def answer_document(facts: Mapping[str, Any]) -> Document:
    """The answer as a document."""
    sections = [Section("before", "Before you read", tuple(_before(facts)))] if facts["may_speak_of"] else []
    sections.append(Section("about", "About this answer", tuple(_about(facts))))
    for agency in facts["agencies"]:
        sections.append(Section(f"of-{agency['id'].replace('_', '-')}", f"What {agency['name']} holds about you", tuple(_held(agency))))
    if not facts["agencies"]:
        sections.append(Section("nothing", "What is held", (Paragraph("Nothing that can be given to you is held here."),)))
    sections.append(Section("used", "Who it was shared with, and what it was used for", tuple(_used(facts))))
    sections.append(Section("rights", "Your rights", (Bullets(_RIGHTS),)))
    return Document(
        "What is held about you",
        f"{facts['partnership']}, your request {facts['reference']}",
        facts["made_at"],
        "Answer to a request under UK GDPR, Article 15. For the person it is about.",
        tuple(sections),
    )


def _before(facts: Mapping[str, Any]) -> list[Block]:
    """What to be prepared for, ahead of everything that somebody wrote."""
    blocks: list[Block] = [
        Paragraph("Some of what follows can be hard to read. By its words it may speak of:", lead=True),
        Bullets(tuple(facts["may_speak_of"])),
        Paragraph("You need not read it at once, or alone. Something hard may stand in other words, too."),
    ]
    if facts["support"]:
        blocks += [Paragraph("You can talk to:"), Bullets(tuple(facts["support"]))]
    return blocks


def _about(facts: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(f"You asked {facts['controller']} on {facts['received_on']} what is held about you. This is the answer.", lead=True),
        Paragraph("Each agency recorded what stands here in its own work and shared it with the partnership for the purposes below."),
    ]
    if facts["left_out"]:
        blocks += [
            Paragraph("Something was left out, for these reasons:"),
            Bullets(tuple(f"{e['title']} ({e['source']})" for e in facts["left_out"])),
        ]
    if facts["others"]:
        blocks += [Paragraph("These agencies may hold more about you. Ask them, too:"), Bullets(tuple(facts["others"]))]
    return blocks


def _held(agency: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    for sent in agency["returns"]:
        blocks.append(Heading(f"{sent['dataset']}, {sent['period']}, version {sent['version']}"))
        blocks.append(
            Paragraph(f"Sent by {agency['name']} on {sent['received_on']}{'' if sent['holds'] else '; replaced or withdrawn since'}.")
        )
        for record in sent["records"]:
            taken_back = " (the agency took this record back)" if record["retracted"] else ""
            rows = tuple((what, value) for what, value in record["lines"])
            blocks.append(
                DataTable(
                    f"{record['kind']}, line {record['line']} of what was sent{taken_back}", ("What", "As recorded"), rows, numbers_from=2
                )
            )
    return blocks


def _used(facts: Mapping[str, Any]) -> list[Block]:
    rows = []
    for agency in facts["agencies"]:
        for sent in agency["returns"]:
            name = f"{agency['name']}: {sent['dataset']}, {sent['period']}, version {sent['version']}"
            shared = "; ".join(sent["recipients"]) or "under no agreement known here"
            rows.append(
                (
                    name,
                    "; ".join(sent["purposes"]) or "under no agreement known here",
                    shared,
                    "; ".join(sent["releases"]) or "none",
                    sent["kept"],
                )
            )
    header = ("Sent", "For these purposes", "Shared with", "Counted in these published figures", "How long it is kept")
    blocks: list[Block] = [
        DataTable("What each return was shared for, with whom, and what it was counted in", header, tuple(rows), numbers_from=5)
    ]
    blocks.append(Paragraph("Published figures are counts of many people; nobody can be known from them."))
    if facts["opened"]:
        opened = tuple(f"{each['on']}: by {each['agency']}" for each in facts["opened"])
        blocks += [Paragraph("In an emergency these agencies opened records about you for one hour:"), Bullets(opened)]
    return blocks
