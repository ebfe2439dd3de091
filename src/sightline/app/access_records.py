"""What is held about one person, record by record, for whoever answers their request: what goes in as it is, what waits for a decision.

What may not be disclosed at all is not here, and nothing says that it is not: decisions not to disclose leave no gap, and intelligence
names nobody by an agency's number. Stand-ins of other people and of records are left out of every record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sightline.app.access_values import IsPlain, PlainWords, may_name_others
from sightline.app.subject_records import HeldRow, gather
from sightline.app.subjects import identities_now, stand_in
from sightline.app.workspace import Workspace
from sightline.governance.subjects import is_withheld
from sightline.ledger.access_models import AccessRequest, AccessStep
from sightline.ledger.models import ReturnVersion
from sightline.ledger.nondisclosure import not_disclosed_of
from sightline.ledger.returns import PRECEDENCE
from sightline.ledger.states import State
from sightline.model.access import Becomes, Step
from sightline.model.codes import title_of
from sightline.model.columns import Privacy
from sightline.model.tokens import FIELD_TOKENS, is_token
from sightline.privacy.entities import STORED

REMOVED = "[left out]"
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record and what becomes of it in the answer; ``becomes`` is None while it waits for somebody's decision.

    ``lines`` are (what it holds, value) of what nobody has to look at; ``texts`` what may name others, by column, likewise.
    """

    key: str
    agency: str
    return_id: str
    entity: str
    kind: str
    row: int
    retracted: bool
    lines: tuple[tuple[str, str], ...]
    texts: Mapping[str, tuple[str, str]]
    becomes: Becomes | None
    exemption: str = ""
    spans: Mapping[str, tuple[Span, ...]] | None = None

    @property
    def waits(self) -> bool:
        return self.becomes is None

    def as_given(self) -> tuple[tuple[str, str], ...]:
        """Every line as the answer gives it; nothing of what is left out."""
        if self.becomes in (None, Becomes.WITHHOLD):
            return ()
        spans = self.spans or {}
        return (*self.lines, *((what, without(text, spans.get(column, ()))) for column, (what, text) in self.texts.items()))


def records_of(workspace: Workspace, request: AccessRequest, *, at: datetime) -> list[Record]:
    """Everything held about the person of a request that may be disclosed, by agency, return and entity.

    Raises:
        ObjectMissing, ObjectDamaged: If stored bytes are not what they were.
    """
    identities = identities_of(workspace, request)
    versions = ReturnVersion.objects.exclude(state=State.ERASED).order_by(*PRECEDENCE)
    if request.agency:
        versions = versions.filter(agency=request.agency)
    decided = {step.item: step for step in request.steps.all() if step.kind == Step.DECIDED}
    hidden = not_disclosed_of(request.person, identities)
    rows = gather(workspace, identities, list(versions.values_list("id", flat=True)))
    shown = [row for row in rows if not is_withheld(hidden, row.agency, at)]
    plain = PlainWords(workspace)
    made = [_record(workspace, request, row, decided, plain.of(row.agency, row.dataset)) for row in shown]
    return [each for each in made if each.lines or each.texts]


def other_agencies(workspace: Workspace, request: AccessRequest, *, at: datetime) -> list[str]:
    """The other agencies that hold something about the person, to be asked by them; none that may not be told of."""
    if not request.agency:
        return []
    identities = identities_of(workspace, request)
    hidden = not_disclosed_of(request.person, identities)
    held = {row.agency for row in gather(workspace, identities, _kept_returns(), entities={"identity_record"})} - {request.agency}
    return [each.name for each in workspace.partnership.agencies if each.id in held and not is_withheld(hidden, each.id, at)]


def identities_of(workspace: Workspace, request: AccessRequest) -> tuple[str, ...]:
    """The person's keyed ids as people are linked now, and those they were asked for by."""
    return tuple(sorted({*request.identities, *identities_now(workspace, request.person, request.identities)}))


def without(text: str, spans: tuple[Span, ...]) -> str:
    """A text without some places; whoever reads it sees that words are missing, and not how many.

    >>> without("Ada told Ben", ((0, 3), (9, 12)))
    '[left out] told [left out]'
    """
    for since, until in sorted(spans, reverse=True):
        text = text[:since] + REMOVED + text[until:]
    return text


def spans_of(text: str, words: list[str]) -> tuple[Span, ...]:
    """Every place of a text that holds one of these words, in whatever case; places that touch are one."""
    wanted = {each.strip() for each in words} - {""}
    # Looked ahead, so that a word that begins within another is found as well.
    matches = [each for word in wanted for each in re.finditer(f"(?=({re.escape(word)}))", text, re.IGNORECASE)]
    found = [each.span(1) for each in matches]
    joined: list[Span] = []
    for since, until in sorted(found):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return tuple(joined)


def _kept_returns() -> list[str]:
    return list(ReturnVersion.objects.exclude(state=State.ERASED).order_by(*PRECEDENCE).values_list("id", flat=True))


def _record(workspace: Workspace, request: AccessRequest, row: HeldRow, decided: Mapping[str, AccessStep], is_plain: IsPlain) -> Record:
    key = stand_in(workspace, "access", str(request.pk), row.return_id, row.entity, row.row_id)
    lines, texts = _said(row, is_plain)
    made = decided.get(key)
    becomes = Becomes(made.becomes) if made else None if texts else Becomes.INCLUDE
    spans = {column: tuple((since, until) for since, until in each) for column, each in made.spans.items()} if made else {}
    return Record(
        key=key,
        agency=row.agency,
        return_id=row.return_id,
        entity=row.entity,
        kind=row.entity.replace("_", " ").capitalize(),
        row=row.source_row,
        retracted=row.retracted,
        lines=lines,
        texts=texts,
        becomes=becomes,
        exemption=made.exemption if made else "",
        spans=spans,
    )


def _said(row: HeldRow, is_plain: IsPlain) -> tuple[tuple[tuple[str, str], ...], dict[str, tuple[str, str]]]:
    """What a row says, in the words in which its columns are described: plain values, and what may name others."""
    lines: list[tuple[str, str]] = []
    texts: dict[str, tuple[str, str]] = {}
    for column in STORED[row.entity].columns:
        value = row.values.get(column.name)
        is_better_said = f"{column.name}_local" in row.values or column.name.endswith("_precision") or column.name == FIELD_TOKENS
        if value is None or value == "" or column.privacy is Privacy.PSEUDONYM or is_better_said:
            continue
        what, words = column.title, _in_words(value, row.values.get(f"{column.name}_precision"))
        words = title_of(row.entity, column.name, words)
        if is_token(words):
            continue
        if may_name_others(column, row, words, is_plain):
            texts[column.name] = (what, words)
        else:
            lines.append((what, words))
    return tuple(lines), texts


def _in_words(value: Any, precision: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        text = value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value.isoformat()
        return text[: {"year": 4, "month": 7, "day": 10}.get(str(precision), len(text))]
    return str(value)
