"""The published vectors of tokens for linking: what is written in a field, and the tokens made of it under a published key.

    python -m tests.support.golden_tokens

writes ``tests/golden/tokens.json`` anew. It adds what is new under the same rules, and refuses to change what is there: a value with other
tokens needs a new `TOKEN_RULES`, since packages made before would no longer be comparable.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from sightline.definitions.linkage import name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.names import Nicknames
from sightline.linkage.numbers import nhs_number, unique_pupil_number
from sightline.linkage.tokens import TOKEN_RULES, field_tokens
from sightline.model.tokens import LINKING
from sightline.privacy.keyed import TokenKey
from tests.support.people import record, records

GOLDEN = Path(__file__).parents[1] / "golden"
TOKENS = GOLDEN / "tokens.json"
KEY = TokenKey(bytes(range(32)))
# Which field of a record each reader of the normaliser's vectors reads.
FIELDS = {
    "fold": "given_name",
    "given names": "given_name",
    "family names": "family_name",
    "postcode": "postcode",
    "address": "address",
    "place": "place_of_birth",
}
NUMBERS = {"NHS number": nhs_number, "unique pupil number": unique_pupil_number}
PEOPLE = (
    {
        "given_name": "Siân Mary", "family_name": "O'Brien-Łukasz", "aliases": "Shan|Sian Wren", "date_of_birth": date(2011, 5, 17),
        "sex": "female", "postcode": "QS4 2AB", "address": "Flat 2, 14 Long Acre Road", "place_of_birth": "Quaystone",
        "phone": "07700 900123",
    },
    {"given_name": "T", "family_name": "Ng", "date_of_birth": date(2009, 1, 1), "sex": "male", "postcode": "QS40 2AB"},
    {"given_name": "Bob", "family_name": "Mc Donald", "date_of_birth": date(1988, 12, 1), "address": "92 Park Avenue"},
    {"given_name": "Baby Girl", "family_name": "Unknown", "postcode": "ZZ99 3VZ"},
)  # fmt: skip


def vectors() -> dict[str, Any]:
    """Every vector as this version makes it."""
    written = json.loads((GOLDEN / "normaliser.json").read_text(encoding="utf-8"))
    read = [(each["reader"], each["written"]) for each in written]
    single = [(reader, text) for reader, text in read if reader in FIELDS]
    made = _tokens([{FIELDS[reader]: text} for reader, text in single], composite_only=False)
    numbers = [(reader, text, NUMBERS[reader](text) or "") for reader, text in read if reader in NUMBERS]
    names = name_words().model_dump()
    return {
        "rules": TOKEN_RULES,
        "key": bytes(range(32)).hex(),
        "fields": [
            *({"reader": reader, "written": text, "sha256": _sha256(told)} for (reader, text), told in zip(single, made, strict=True)),
            *({"reader": reader, "written": text, "sha256": _sha256(number)} for reader, text, number in numbers),
            *({"reader": "words", "written": part, "sha256": _sha256(_in_order(names[part]))} for part in sorted(names)),
            {"reader": "words", "written": "nicknames", "sha256": _sha256(sorted(sorted(each) for each in nickname_sets()))},
        ],
        "people": [
            {"fields": {name: str(value) for name, value in person.items()}, "tokens": fields, "composite": composite}
            for person, fields, composite in zip(
                PEOPLE, _tokens(PEOPLE, composite_only=False), _tokens(PEOPLE, composite_only=True), strict=True
            )
        ],
    }


def _tokens(people: Any, *, composite_only: bool) -> list[Any]:
    rows = records(*(record(f"{number:04d}", "police", **person) for number, person in enumerate(people)))
    with DuckDBEngine(threads=1) as engine:
        made = field_tokens(
            engine, rows, words=name_words(), nicknames=Nicknames.from_sets(nickname_sets()),
            token=lambda purpose: KEY.tokens(LINKING, purpose), key=KEY.fingerprint, composite_only=composite_only,
        )  # fmt: skip
    return [_without_rules(json.loads(text)) for text in made["link_tokens"].to_pylist()]


def _without_rules(told: dict[str, Any]) -> dict[str, Any]:
    """Tokens without the version of their rules, so that a new version alone changes no line."""
    return {name: value for name, value in told.items() if name != "rules"}


def _in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else list(value)


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def changed(published: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """What was published and is made otherwise now, or not at all."""
    now = {(each["reader"], each["written"]): each["sha256"] for each in made["fields"]}
    people = {json.dumps(each["fields"], sort_keys=True): each for each in made["people"]}
    fields = [each for each in published["fields"] if now.get((each["reader"], each["written"])) != each["sha256"]]
    others = [each for each in published["people"] if people.get(json.dumps(each["fields"], sort_keys=True)) != each]
    return [f"{each['reader']}: {each['written']}" for each in fields] + [str(each["fields"]) for each in others]


def as_text(told: dict[str, Any]) -> str:
    """One vector a line."""

    def lines(each: list[dict[str, Any]]) -> str:
        return ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in each)

    head = f'{{\n"rules": {json.dumps(told["rules"])},\n"key": {json.dumps(told["key"])},\n'
    return f'{head}"fields": [\n{lines(told["fields"])}\n],\n"people": [\n{lines(told["people"])}\n]\n}}\n'


def main() -> str | None:
    """Write the vectors, or say what stands against it."""
    made = vectors()
    published = json.loads(TOKENS.read_text(encoding="utf-8")) if TOKENS.exists() else {"rules": "", "fields": [], "people": []}
    others = changed(published, made)
    if others and published["rules"] == TOKEN_RULES:
        return f"These have other tokens than were published: raise TOKEN_RULES first. {'; '.join(others)}"
    TOKENS.write_text(as_text(made), encoding="utf-8")
    return None


if __name__ == "__main__":
    sys.exit(main())
