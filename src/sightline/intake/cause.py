"""What one cause is, how its words become a finding, and when two findings of it are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sightline.errors import Place
from sightline.model.findings import Blocks, Finding, Fix, Severity

EXAMPLES = 5
"""Row numbers quoted with a finding: enough to look, few enough to read."""
VALUES = 5
COLUMNS_NAMED = 4


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. ``sets_aside``: its rows are not kept in the common model (the file itself always is); ``drops``: its cells are not.

    ``same`` names the words in which two findings of this cause have to agree to be one; with None each stands alone. ``stands`` and
    ``should`` say what stands in the cells and what should, where the cause alone tells it.
    """

    severity: Severity
    text: str
    hint: str
    sets_aside: bool = False
    drops: bool = False
    blocks_release: bool = False
    same: tuple[str, ...] | None = None
    stands: str = ""
    should: str = ""

    @property
    def blocks(self) -> tuple[Blocks, ...]:
        held = {
            Blocks.RETURN: self.severity is Severity.BLOCK,
            Blocks.ROWS: self.sets_aside,
            Blocks.CELLS: self.drops,
            Blocks.RELEASE: self.blocks_release,
        }
        return tuple(what for what, holds in held.items() if holds)

    def says(self, words: Mapping[str, Any]) -> tuple[str, str]:
        """Text and hint. A column is quoted here, since after folding it may be several."""
        ready = dict(words)
        if "column" in ready:
            ready["column"] = columns_in_words(_listed(ready["column"]))
        if "names" in ready:
            ready["columns"] = quoted(_listed(ready["names"]), width=40)
        text, hint = (part.replace('"{column}"', "{column}") for part in (self.text, self.hint))
        return text.format(**ready), hint.format(**ready)


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding that may still be folded, with the words its text is made of."""

    finding: Finding
    cause: Cause
    words: Mapping[str, Any]

    @property
    def key(self) -> tuple[Any, ...]:
        own = self.cause.same
        return (self.finding.code, *(str(self.words.get(name)) for name in own)) if own is not None else (id(self),)


def percent(part: int, whole: int) -> str:
    """A share in words: never 100% unless it is all, never 0% unless it is none."""
    if part == whole:
        return "all"
    return f"{min(max(round(100 * part / whole), 1), 99)}%"


def quoted(values: Iterable[str], *, most: int = 6, width: int = 60) -> str:
    """A short list of codes or headers, quoted; the rest as a number."""
    listed = list(values)
    shown = [f'"{value if len(value) <= width else value[: width - 1] + "…"}"' for value in listed[:most]]
    return ", ".join(shown) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def columns_in_words(headers: Sequence[str]) -> str:
    """Headers as a sentence names them."""
    return quoted(headers, most=COLUMNS_NAMED, width=80)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


def fold(drafts: Sequence[Draft]) -> list[Finding]:
    """One finding for each cause, in the order in which each was first found."""
    groups: dict[tuple[Any, ...], list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.key, []).append(draft)
    return [group[0].finding if len(group) == 1 else _folded(group) for group in groups.values()]


def _folded(group: list[Draft]) -> Finding:
    cause, findings = group[0].cause, [draft.finding for draft in group]
    words = _words([draft.words for draft in group], findings)
    text, hint = cause.says(words)
    return replace(
        findings[0],
        text=text,
        hint=hint,
        rows=_rows(findings),
        values=tuple(dict.fromkeys(value for finding in findings for value in finding.values))[:VALUES],
        expected="; ".join(dict.fromkeys(finding.expected for finding in findings if finding.expected)),
        fix=_fix([finding.fix for finding in findings if finding.fix]),
        also=tuple(
            place for finding in findings[1:] for place in (_with_row(finding), *finding.also) if finding.place != findings[0].place
        ),
    )


def _with_row(finding: Finding) -> Place:
    """A further place, with its first row."""
    place = finding.place
    return replace(place, row=finding.examples[0]) if finding.examples and place.line is None and place.row is None else place


def _rows(findings: Sequence[Finding]) -> int:
    """The rows of all places; rows of one place told twice (two records made of one row) count once."""
    by_place: dict[Place, int] = {}
    for finding in findings:
        by_place[finding.place] = max(by_place.get(finding.place, 0), finding.rows)
    return sum(by_place.values())


def _words(listed: Sequence[Mapping[str, Any]], findings: Sequence[Finding]) -> dict[str, Any]:
    """The words of several findings as those of one: lists joined, numbers added, the rest once or with "or"."""
    words: dict[str, Any] = {}
    for name in listed[0]:
        values = [one[name] for one in listed if name in one]
        if all(value == values[0] for value in values):
            words[name] = values[0]
        elif name in {"column", "names", "shown"}:
            words[name] = list(dict.fromkeys(item for value in values for item in _listed(value)))
        elif all(isinstance(value, int) for value in values):
            words[name] = sum(values)
        else:
            words[name] = " or ".join(dict.fromkeys(map(str, values)))
    if "shown" in words:
        words["codes"] = codes_in_words(words["shown"], int(words.get("hidden", 0)))
    if "given" in words:
        words["share"] = percent(sum(finding.rows for finding in findings), int(words["given"]))
    return words


def codes_in_words(shown: Sequence[str], hidden: int) -> str:
    """Codes as a finding's text lists them; those it may not show as a number."""
    once = f"{hidden} {'text' if hidden == 1 else 'texts'} found with one person only (see the rows)"
    return " and ".join(part for part in (quoted(shown) if shown else "", once if hidden else "") if part)


def _fix(fixes: Sequence[Fix]) -> Fix | None:
    """One suggestion of several: every text once, as sure as the least sure of them."""
    if not fixes:
        return None
    known = [fix.confidence for fix in fixes if fix.confidence is not None]
    return Fix(" ".join(dict.fromkeys(fix.text for fix in fixes)), min(known) if known else None)
