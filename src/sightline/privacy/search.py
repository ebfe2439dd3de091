"""What must not be found in a package, and how texts are searched for it.

Texts are compared as runs of words without case and punctuation, so that ``QS4 2AB``, ``qs4-2ab`` and ``QS42AB`` are one.
A single name is no proof of anything (a ward is called Marsh, and so is a child): names are looked for in full, or one by one only in the
rows of the person whose name it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from sightline.privacy.rules import LOCAL_ID, NAMES, NUMBERS, Decisions, Rule

_WORD = re.compile(r"[^\W_]+")
_LONGEST_RUN = 6
_SHORTEST_NUMBER = 5
_SHORTEST_NAME = 3
_ENOUGH_PEOPLE = 3
"""A text that stands in the rows of so many people is a word of its column, whatever one of them is called."""

NAME, NUMBER, OWN_NUMBER = "a person's name", "a number that names a person", "an agency's own number for a person"
BORN, HOME, SENTENCE = "a full date of birth", "a whole postcode", "text from a column that was dropped"
OWN_NAME = "the name of the person the row is about"


def words(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text.casefold())


def runs(text: str) -> Iterator[str]:
    """Every run of up to six words."""
    found = words(text)
    for start in range(len(found)):
        for length in range(1, min(_LONGEST_RUN, len(found) - start) + 1):
            yield " ".join(found[start : start + length])


@dataclass
class Searched:
    """Runs of words that must not be found, each with the kind of thing it is; ``sentences`` only matter outside the tables.

    ``vocabulary`` are words of the mapping itself: a code is a code, whatever somebody is called.
    """

    values: dict[str, str] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)
    vocabulary: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def names_within(self, text: str, *, said_anyway: frozenset[str]) -> str | None:
        """Whether a text has a single name in it that it has no other reason to have.

        Args:
            text: A text that is not about anybody: the proof, or the page in plain words.
            said_anyway: Words it would have whoever the extract is about.
        """
        return NAME if self.names & set(words(text)) - said_anyway else None

    def within(self, text: str, *, whole_is_fine: bool = False, sentences: bool = False) -> str | None:
        """What kind of thing a text holds that it must not, if any.

        Args:
            text: The text.
            whole_is_fine: An agency's own number that is all the text is passed over: a school may have the number that a child has.
            sentences: Look for texts of dropped columns too.
        """
        whole = " ".join(words(text))
        for run in runs(text):
            # A number may be written in groups, so runs are tried without their spaces too.
            what = self.values.get(run) or self.values.get(run.replace(" ", "")) or (self.sentences.get(run) if sentences else None)
            if what and not (whole_is_fine and what == OWN_NUMBER and run == whole) and run not in self.vocabulary:
                return what
        return None

    def allow_dates_of(self, names: Iterable[str]) -> None:
        """Pass over dates that stand in the names of files: a file of the day on which some baby was born says nothing about it."""
        for name in names:
            for run in runs(name):
                if self.values.get(run) == BORN:
                    del self.values[run]

    def counted(self) -> dict[str, int]:
        """How many values of each kind are looked for."""
        counts: dict[str, int] = defaultdict(int)
        for what in (*self.values.values(), *self.sentences.values()):
            counts[what] += 1
        return dict(sorted(counts.items()))


def what_to_search(before: Mapping[str, pa.Table], decisions: Decisions, staying: Iterable[str], vocabulary: Iterable[str]) -> Searched:
    """Gather what must not be found.

    Args:
        before: Tables as intake gave them.
        decisions: The rule of each field.
        staying: Raw values of the files' columns that do not leave as they are.
        vocabulary: Texts of the mapping.
    """
    searched = Searched(vocabulary=frozenset(" ".join(words(text)) for text in vocabulary))
    for entity, table in before.items():
        for name, forms in _FORMS.items():
            if name in table.column_names and _stays_behind(decisions, entity, name):
                kind, spell = forms
                for value in table[name].drop_null().unique().to_pylist():
                    searched.values.update(dict.fromkeys(spell(value), kind))
    searched.values.update(dict.fromkeys(_full_names(before, decisions), NAME))
    searched.names = frozenset(word for own in OwnNames.of(before, decisions).names.values() for word in own)
    for value in staying:
        searched.sentences.update(dict.fromkeys(_telling_runs(value), SENTENCE))
    return searched


def _stays_behind(decisions: Decisions, entity: str, name: str) -> bool:
    decision = decisions.get((entity, name))
    return decision is None or decision.rule is not Rule.KEEP


def _number(value: str) -> set[str]:
    spelt = {" ".join(words(value)), "".join(words(value))}
    return {one for one in spelt if len(one.replace(" ", "")) >= _SHORTEST_NUMBER and any(letter.isdigit() for letter in one)}


def _born(value: date) -> set[str]:
    if value.day == 1:
        return set()  # as a degraded date it is the same; `inspect` looks at its form instead
    day, month, year = f"{value.day:02}", f"{value.month:02}", f"{value.year}"
    plain = {f"{year} {month} {day}", f"{day} {month} {year}", f"{year}{month}{day}", f"{day}{month}{year}"}
    return plain | {f"{value.day} {value.month} {year}", f"{day} {month} {year[2:]}"}


def _home(value: str) -> set[str]:
    compact = "".join(words(value))
    return {compact, f"{compact[:-3]} {compact[-3:]}"} if len(compact) >= _SHORTEST_NUMBER else set()


_FORMS: dict[str, tuple[str, Callable[..., set[str]]]] = {
    **dict.fromkeys(NUMBERS, (NUMBER, _number)),
    LOCAL_ID: (OWN_NUMBER, _number),
    "date_of_birth": (BORN, _born),
    "postcode": (HOME, _home),
}


def _full_names(before: Mapping[str, pa.Table], decisions: Decisions) -> set[str]:
    identity = before.get("identity_record")
    if identity is None or not {"given_name", "family_name"} <= set(identity.column_names):
        return set()
    if not any(_stays_behind(decisions, "identity_record", name) for name in ("given_name", "family_name")):
        return set()
    found = set()
    for given, family in zip(identity["given_name"].to_pylist(), identity["family_name"].to_pylist(), strict=True):
        if given and family:
            first, last = words(given), words(family)
            if first and last:
                found |= {" ".join((first[0], *last)), " ".join((*last, first[0])), " ".join((*first, *last))}
    return found


def _telling_runs(value: str) -> set[str]:
    """What of a raw value would show that it got out: three words and more; a longer text by each run of six."""
    found = words(value)
    if len(found) > _LONGEST_RUN:
        return {" ".join(found[start : start + _LONGEST_RUN]) for start in range(len(found) - _LONGEST_RUN + 1)}
    return {" ".join(found)} if len(found) >= _SHORTEST_NAME and not all(word.isdigit() for word in found) else set()


@dataclass(frozen=True)
class OwnNames:
    """The single names of each person, by the agency's number for them; empty where names may leave."""

    names: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, before: Mapping[str, pa.Table], decisions: Decisions) -> OwnNames:
        identity = before.get("identity_record")
        gathered: dict[str, set[str]] = defaultdict(set)
        if identity is not None:
            for column in NAMES:
                if column in identity.column_names and _stays_behind(decisions, "identity_record", column):
                    for local, text in zip(identity[LOCAL_ID].to_pylist(), identity[column].to_pylist(), strict=True):
                        gathered[local] |= {word for word in words(text or "") if len(word) >= _SHORTEST_NAME}
        return cls({local: frozenset(found) for local, found in gathered.items()})

    def within(self, people: Sequence[str | None], texts: Sequence[str | None], vocabulary: frozenset[str]) -> str | None:
        """Whether a row's text holds a name of the very person the row is about, and no other people's rows hold that text."""
        about: dict[str, set[str]] = defaultdict(set)
        for local, text in zip(people, texts, strict=True):
            if local is not None and text is not None:
                about[text].add(local)
        for text, locals_ in about.items():
            if len(locals_) >= _ENOUGH_PEOPLE or " ".join(words(text)) in vocabulary:
                continue
            found = set(words(text))
            if any(found & self.names.get(local, frozenset()) for local in locals_):
                return OWN_NAME
        return None
