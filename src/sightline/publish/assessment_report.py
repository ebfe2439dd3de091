"""The impact assessment of an agreement and the record of processing, as documents made of facts of the registry and the catalogue.

Steps and headings follow the ICO's template of a data protection impact assessment (seven steps) and UK GDPR, Article 30.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sightline.publish.document import Block, Bullets, DataTable, Document, Note, Paragraph, Section
from sightline.publish.words import day_in_words
from sightline.publish.write_html import write_html
from sightline.publish.write_pdf import write_pdf

FORMATS = ("html", "pdf", "json")
CONTENT_TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "json": "application/json"}
Facts = Mapping[str, Any]


def assessment_file(facts: Facts, kind: str) -> bytes:
    """An assessment, or a record of processing, as a file."""
    if kind == "json":
        return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()
    document = record_document(facts) if "agreements" in facts else assessment_document(facts)
    return write_pdf(document) if kind == "pdf" else write_html(document)


def assessment_document(facts: Facts) -> Document:
    """The impact assessment of one version of an agreement."""
    terms = facts["agreement"]
    sections = (
        Section("need", "1. Why an assessment is needed", tuple(_need(facts))),
        Section("processing", "2. What is done", (*_processing(terms), _datasets(terms), _flow(terms))),
        Section("consultation", "3. Who was asked", (Bullets(tuple(facts["consulted"]) or ("Nobody has signed yet.",)),)),
        Section("necessity", "4. Why it is necessary and no more than that", tuple(_necessity(terms))),
        Section("risks", "5. Risks to children and families, and 6. what is done about them", (_risks(facts),)),
        Section("outcome", "7. Who signed it", tuple(_outcome(facts))),
        Section("made-of", "What it was made of", tuple(_made_of(facts))),
    )
    return Document(
        f"Impact assessment: {terms['title']}",
        f"Version {terms['version']} ({terms['name']}), {facts['partnership']}",
        facts["made_at"],
        _source(facts),
        sections,
    )


def record_document(facts: Facts) -> Document:
    """The record of processing of a partnership."""
    sections = []
    for each in facts["agreements"]:
        blocks = (
            Paragraph(
                f"Version {each['version']} ({each['name']}) is {each['status']}, "
                f"from {day_in_words(each['start'])} to {day_in_words(each['end'])}."
            ),
            *_processing(each),
            _datasets(each),
        )
        sections.append(Section(each["id"].replace("_", "-"), each["title"], blocks))
    if not sections:
        sections.append(Section("none", "Nothing is processed", (Paragraph("There is no agreement, so nothing is taken in or counted."),)))
    measures = DataTable("Security measures", ("Measure", "What it does"), tuple(map(tuple, facts["measures"])), numbers_from=2)
    sections += [
        Section("measures", "How it is kept safe", (measures,)),
        Section("made-of", "What it was made of", tuple(_made_of(facts))),
    ]
    return Document(
        "Record of processing", f"{facts['partnership']}, UK GDPR Article 30", facts["made_at"], _source(facts), tuple(sections)
    )


def _need(facts: Facts) -> list[Block]:
    says = "Data about children at risk of exploitation is put together across agencies: special categories, at scale, about people who"
    blocks: list[Block] = [Paragraph(f"{says} cannot easily object. That needs an assessment before it begins.")]
    if facts["widens"]:
        blocks += [Note("Since the last version that was assessed it goes further:"), Bullets(tuple(facts["widens"]))]
    return blocks


def _processing(terms: Facts) -> list[Block]:
    rows = (
        ("Controllers", f"{', '.join(terms['parties'])} ({terms['controller_role']})"),
        ("Purposes", "; ".join(terms["purposes"])),
        ("Whose data", terms["whose"]),
        ("Categories of data", "; ".join(terms["categories"])),
        ("Recipients", ", ".join(terms["recipients"])),
        ("Passed on", terms["onward"]),
        ("Up to the tier", terms["tier"]),
        ("Kept", terms["retention"]),
        ("Transfers abroad", "None: everything runs on one machine of the partnership, and no page calls another host."),
    )
    return [DataTable("What is done with it", ("What", "As agreed"), rows, numbers_from=2)]


def _datasets(terms: Facts) -> DataTable:
    rows = tuple((each["agency"], each["dataset"], each["mode"], each["fields"], each["precision"]) for each in terms["datasets"])
    head = ("Agency", "Dataset", "Detail", "Fields (* is all of them)", "No finer than")
    return DataTable("What each agency shares", head, rows, numbers_from=5)


def _flow(terms: Facts) -> DataTable:
    """The way data goes, as a table that everybody can read: from where, to where, what, and what it passes."""
    store, asked = "the partnership's store", "asked of the agreement before a file is opened; other fields dropped"
    senders = dict.fromkeys((each["agency"], each["mode"]) for each in terms["datasets"])
    rows = (
        *((agency, store, mode, asked) for agency, mode in senders),
        (store, "linked people and counts", "fields agreed", "asked again; what is not agreed any more is left out"),
        ("counts", "releases", f"figures up to the tier: {terms['tier']}", "small numbers withheld, others rounded, attacked before"),
        ("releases", ", ".join(terms["recipients"]), "pages and files", "a role, a purpose, an audit event before bytes leave"),
        ("releases", f"others (passed on: {terms['onward']})", "single files", "two checkers of two agencies; by hash; can be recalled"),
    )
    return DataTable("The way data goes", ("From", "To", "What", "What it passes"), rows, numbers_from=4)


def _necessity(terms: Facts) -> list[Block]:
    rows = tuple((each["title"], each["articles"], each["source"]) for each in terms["legal_bases"])
    blocks: list[Block] = [DataTable("Legal bases", ("Basis", "UK GDPR", "Where it stands"), rows, numbers_from=3)]
    if terms["caldicott_notes"]:
        blocks.append(Note(terms["caldicott_notes"]))
    return blocks


def _risks(facts: Facts) -> DataTable:
    return DataTable("Risks and measures", ("Risk", "What is done", "Tried by"), tuple(map(tuple, facts["risks"])), numbers_from=3)


def _outcome(facts: Facts) -> list[Block]:
    if not facts["signed"]:
        waits = "It is not in force before one does." if facts["widens"] else f"It names the assessment {facts['agreement']['dpia_id']}."
        return [Paragraph(f"No data protection officer has signed this document. {waits}")]
    return [Bullets(tuple(facts["signed"])), *([Note("What it is made of has changed since it was signed.")] if facts["stale"] else [])]


def _made_of(facts: Facts) -> list[Block]:
    return [Paragraph("Made from the registry of agreements, the catalogue and the common model; nothing is typed in."), _digests(facts)]


def _digests(facts: Facts) -> DataTable:
    return DataTable("Digests", ("What", "SHA-256"), tuple(sorted(facts["made_of"].items())), numbers_from=2)


def _source(facts: Facts) -> str:
    return f"{facts['partnership']}, generated from the registry, digest {facts['digest'][:16]}."
