"""Linking without a name: each field of a profile as keyed tokens, made at the agency, read where the key is not.

The agency prepares its own records as linkage does everywhere (`prepare`), and replaces every value that may be compared by its token. Two
values are equal exactly if their tokens are, so equality, and whether two lists meet, can be asked of tokens as of the values. What
cannot be asked of tokens, how alike two texts are, is laid into more tokens beforehand:

- a name with each of its letters left out in turn: two names that one slip parts (a letter more, less, another, or two that changed places)
  share one of these (Damerau-Levenshtein distance 1; two apart may share one too);
- a date with each of its digits blotted out in turn, and with day and month in each other's place;
- first letters, the year, the month, the day of the year and the sector, each by itself.

Who holds the tokens and not the key can see which records share a value and how common each is, and nothing else.

Source: the deletion neighbourhood, Boytsov, *Indexing methods for approximate dictionary searching*, ACM JEA 16 (2011), section 5.2; keyed
field tokens, Schnell, Bachteler and Reiher, *Privacy-preserving record linkage*, BMC Medical Informatics 9 (2009), which recommends
against plain hashes; docs/methods/privacy-modes.md.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from sightline.definitions.linkage import YEARS_APART, NameWords
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import DEFAULT_DAY, PROFILES, prepare
from sightline.model.tokens import KEY, RULES, TOKEN_FLAGS, TOKEN_LISTS, rules_of, short

TOKEN_RULES = "1"  # noqa: S105 - a version, nothing secret
"""The version of all that decides which tokens a value has: how names, dates and homes are read, the words that name nobody, the names that
stand for one another, and what is laid out below. It goes up with every change that gives any value other tokens, for those made by other
rules are then not compared with these: what the two read differently would be two names. A test holds it to ``tests/golden/tokens.json``.
"""

TokenMaker = Callable[[str], Callable[[str], str]]
"""From a purpose to a function from a value to its token: two values have one token only if value and purpose are the same."""

PURPOSE = {
    "given": "name",
    "family": "name",
    "given_names": "name",
    "family_parts": "name",
    "middle": "name",
    "first_keys": "name",
    "given_keys": "name",
    "family_keys": "name",
    "given_start": "start of a name",
    "given_initial": "initial",
    "family_initial": "initial",
    "middle_initials": "initial",
    "given_slips": "name but a letter",
    "family_slips": "name but a letter",
    "dob": "date",
    "dobs": "date",
    "swapped_dob": "date",
    "near_years": "year",
    "dob_slips": "date but a digit",
    "birth_year": "year",
    "birth_month": "month",
    "birth_day": "day of the year",
    "postcode": "home",
    "postcodes": "home",
    "postcode_slips": "home but a character",
    "sector": "sector",
    "address": "address",
    "addresses": "address",
    "house_numbers": "house number",
    "address_words": "address word",
    "birthplace": "place",
    "phones": "phone",
    "composites": "composite",
}
"""Every tokenised column of a profile, and the purpose of its tokens: columns that are compared with one another share theirs."""
TOKENS_SCHEMA = pa.schema([("identity_id", pa.string()), ("link_tokens", pa.string())])
_KEY_IN_TEXT = re.compile(r'"key":"([0-9a-f]{8})"')
# How tokens of several fields taken together, and those of every field, are told from one another: a person may have no token at all.
_OF_SEVERAL, _OF_FIELDS = '"composites":', '"given_is_initial":'
_NO_HOMES = pa.schema([("raw", pa.string()), ("value", pa.string())])
_SHORTEST_FOR_SLIPS = 4
_START = 3
_SEX_DIGIT = {"male": "1", "female": "2"}


class TokensDiffer(InputRefused):
    """Records that cannot be compared: only some carry tokens, or tokens of single fields, or theirs have other keys or rules."""

    code = "SL-LNK-010"


def field_tokens(
    engine: DuckDBEngine,
    records: pa.Table,
    *,
    words: NameWords,
    nicknames: Nicknames,
    token: TokenMaker,
    key: str,
    composite_only: bool = False,
) -> pa.Table:
    """Make the tokens of every identity of one agency, in the clear zone where its records and the key are.

    Args:
        engine: An engine of its own; tables named ``linkage_…`` are left on it.
        records: Rows of ``identity_record`` with agency_id and identity_id.
        words: Words that name nobody.
        nicknames: Names that stand for one another; every agency must use the same, as they are part of the catalogue.
        token: Makes tokens with the partnership's key.
        key: The key's fingerprint, which goes with the tokens: those of two keys can never be compared.
        composite_only: Make no token of a single field, only of several taken together (see `composites`).

    Returns:
        TOKENS_SCHEMA: for each identity the tokens of its fields as one JSON text, in order of identity_id.
    """
    prepare(engine, records, words=words, nicknames=nicknames)
    columns = [name for name in PURPOSE if name not in _MADE_HERE]
    profiles = engine.query(f"select identity_id, sex, adult, {', '.join(columns)} from {PROFILES} order by identity_id")
    make = {purpose: cache(_short(token(purpose))) for purpose in sorted(set(PURPOSE.values()))}
    return pa.Table.from_pylist(
        [
            {"identity_id": row["identity_id"], "link_tokens": _as_text(row, make, key, composite_only=composite_only)}
            for row in profiles.to_pylist()
        ],
        schema=TOKENS_SCHEMA,
    )


def _short(token: Callable[[str], str]) -> Callable[[str], str]:
    def made(value: str) -> str:
        return short(token(value))

    return made


def _as_text(row: Mapping[str, Any], make: Mapping[str, Callable[[str], str]], key: str, *, composite_only: bool) -> str:
    values = {"composites": composites(row)} if composite_only else {**row, **_made_here(row)}
    told: dict[str, Any] = {KEY: key, RULES: TOKEN_RULES}
    for column, value in values.items():
        if column in TOKEN_FLAGS:
            told[column] = value
        elif column in TOKEN_LISTS:
            told[column] = sorted({make[PURPOSE[column]](each) for each in value or () if each})
        elif column in PURPOSE and isinstance(value, str) and value:
            told[column] = make[PURPOSE[column]](value)
    return json.dumps({name: value for name, value in sorted(told.items()) if value not in (None, [])}, separators=(",", ":"))


def composites(row: Mapping[str, Any]) -> list[str]:
    """Several fields as one text, so that whoever holds the tokens cannot see how common a name or a birth date is.

    The statistical linkage key SLK-581 (letters 2, 3 and 5 of the family name, 2 and 3 of the given name, birth date, sex), both names in
    either order with the birth date, the given name with birth date and postcode, and both names with year and postcode.

    Source: Australian Institute of Health and Welfare, *SLK-581 guide for use* (2016).

    >>> ada = {"given": "ada", "family": "lovelace", "dob": "20121210", "birth_year": "2012", "postcode": None, "sex": "female"}
    >>> composites(ada)
    ['ada|lovelace|20121210', 'ovlda101220122']
    """
    given, family, dob, postcode = row["given"], row["family"], row["dob"], row["postcode"]
    found: list[str] = []
    if given and family and dob:
        found.append("|".join([*sorted((given, family)), dob]))
        if row["sex"] in _SEX_DIGIT:
            found.append(_letters(family, 2, 3, 5) + _letters(given, 2, 3) + dob[6:8] + dob[4:6] + dob[:4] + _SEX_DIGIT[row["sex"]])
    if given and dob and postcode:
        found.append(f"{given}|{dob}|{postcode}")
    if given and family and row["birth_year"] and postcode:
        found.append("|".join([*sorted((given, family)), row["birth_year"], postcode]))
    return found


def _letters(name: str, *places: int) -> str:
    """Letters of a name by place from 1; 2 where the name is too short, as the guide says."""
    return "".join(name[place - 1] if place <= len(name) else "2" for place in places)


_MADE_HERE = frozenset(
    {"given_start", "given_initial", "family_initial", "middle_initials", "given_slips", "family_slips"}
    | {"swapped_dob", "dob_slips", "birth_day", "near_years", "postcode_slips", "composites"}
)


def _made_here(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of values by more than equality, laid out beforehand."""
    given, family, dob = row["given"], row["family"], row["dob"]
    return {
        "given_initial": given[:1] if given else None,
        "given_start": given[:_START] if given and len(given) >= _START else None,
        "family_initial": family[:1] if family else None,
        "middle_initials": [name[:1] for name in row["middle"] or ()],
        "given_slips": slips(given),
        "family_slips": slips(family),
        "swapped_dob": dob[:4] + dob[6:8] + dob[4:6] if dob else None,
        "dob_slips": blots(dob),
        "birth_day": dob[4:8] if dob else None,
        "near_years": near_years(row["birth_year"]),
        "postcode_slips": blots(row["postcode"]),
        "given_is_initial": bool(given) and len(given) == 1,
        "first_of_year": bool(dob) and dob[4:] == "0101",
        "first_of_month": bool(dob) and dob[6:] == "01",
    }


def slips(name: str | None) -> list[str]:
    """A name with each letter left out in turn, and whole; a short one whole only, since one letter is most of it.

    >>> slips("anna"), slips("san")
    (['ana', 'ann', 'anna', 'nna'], ['san'])
    """
    if name is None or len(name) < _SHORTEST_FOR_SLIPS:
        return [name] if name and len(name) == _SHORTEST_FOR_SLIPS - 1 else []
    return sorted({name, *(name[:place] + name[place + 1 :] for place in range(len(name)))})


def blots(text: str | None) -> list[str]:
    """A date (``yyyymmdd``) or postcode with each character blotted out in turn: two that differ in one share one of these.

    >>> blots("20120307")[0]
    '.0120307'
    """
    return sorted(text[:place] + "." + text[place + 1 :] for place in range(len(text))) if text else []


def near_years(year: str | None) -> list[str]:
    """The years in which somebody may be born whose record says this one: fewer than three apart."""
    return [str(int(year) + apart) for apart in range(1 - YEARS_APART, YEARS_APART)] if year else []


def carry_tokens(records: pa.Table) -> bool:
    """Whether identity records are to be linked by their tokens.

    Raises:
        TokensDiffer: If only some carry tokens, or tokens of single fields; or they were made with different keys, or by other rules than
            these. The agencies concerned are named.
    """
    if "link_tokens" not in records.column_names or records.column("link_tokens").null_count == records.num_rows:
        return False
    keys: dict[str | None, set[str]] = defaultdict(set)
    rules: dict[str, set[str]] = defaultdict(set)
    kinds: dict[bool, set[str]] = defaultdict(set)
    seen = records.select(["agency_id", "link_tokens"])
    for agency, text in zip(seen.column("agency_id").to_pylist(), seen.column("link_tokens").to_pylist(), strict=True):
        found = _KEY_IN_TEXT.search(text) if text is not None else None
        keys[found[1] if found else None].add(agency)
        if text is not None:
            rules[rules_of(text)].add(agency)
            if _OF_SEVERAL in text or _OF_FIELDS in text:
                kinds[_OF_SEVERAL in text].add(agency)
    if None in keys:
        without = ", ".join(sorted(keys.pop(None)))
        raise TokensDiffer(
            f"Some records carry tokens for linking and those of {without} do not; the two cannot be compared. Nothing was linked.",
            hint="Let every agency prepare its returns with `--tokens`, or every agency without.",
        )
    if len(keys) > 1:
        listed = "; ".join(f"key {key}: {', '.join(sorted(agencies))}" for key, agencies in sorted(keys.items(), key=str))
        raise TokensDiffer(
            f"The tokens were made with {len(keys)} different keys ({listed}): one name has several tokens. Nothing was linked.",
            hint="Let the agencies with the older key prepare their returns again with the newest.",
        )
    if rules.keys() != {TOKEN_RULES}:
        listed = "; ".join(f"rules {each}: {', '.join(sorted(agencies))}" for each, agencies in sorted(rules.items()))
        raise TokensDiffer(
            f"Not all tokens were made by the token rules of this version of Sightline, {TOKEN_RULES} ({listed}): one name may have several"
            " tokens. Nothing was linked.",
            hint="Let those agencies prepare their returns again with a version of Sightline that has these rules.",
        )
    if len(kinds) > 1:
        raise TokensDiffer(
            f"Some agencies sent tokens of every field ({', '.join(sorted(kinds[False]))}) and others of several fields together only"
            f" ({', '.join(sorted(kinds[True]))}); the two cannot be compared. Nothing was linked.",
            hint="Let every agency prepare its returns with `--tokens`, or every agency with `--composite-keys`.",
        )
    return True


def prepare_tokens(engine: DuckDBEngine, records: pa.Table) -> int:
    """Register ``linkage_profile`` from records that carry ``link_tokens``; return how many identities there are.

    The columns are those that `prepare` gives and those of `PURPOSE`, with tokens for values; ``nhs`` and ``upn`` are the tokens of the
    numbers' own columns. Of single values the latest counts, of lists and numbers all.
    """
    engine.register_table("linkage_identity_record", records)
    engine.register_table("linkage_postcode", pa.table({"raw": [], "value": []}, schema=_NO_HOMES))
    described = ", ".join(f'"{name}": {_json_type(name)}' for name in sorted([*PURPOSE, *TOKEN_FLAGS]))
    engine.materialise(
        "linkage_record",
        f"""
        select *, row_number() over (partition by identity_id order by last_seen nulls first, first_seen nulls first, link_tokens, sex,
            nhs_number, upn) as moment
        from (
            select identity_id, agency_id, sex, ethnicity, ethnicity_source, date_of_birth, date_of_birth_precision, postcode, nhs_number,
                upn, link_tokens, from_json(link_tokens, '{{{described}}}') as told, max(valid_from) as last_seen,
                min(valid_from) as first_seen
            from linkage_identity_record where identity_id is not null and link_tokens is not null group by all
        )
        """,
    )
    single = ", ".join(f"arg_max(told.{name}, moment) filter (told.{name} is not null) as {name}" for name in _single())
    flags = ", ".join(f"bool_or(told.{name}) as {name}" for name in TOKEN_FLAGS)
    several = ", ".join(
        f"list_sort(list_distinct(coalesce(flatten(list(told.{name}) filter (told.{name} is not null)), []))) as {name}"
        for name in sorted(TOKEN_LISTS)
    )
    engine.materialise(
        PROFILES,
        f"""
        with profile as (
            select identity_id, min(agency_id) as agency_id, arg_max(sex, moment) filter (sex in ('female', 'male')) as sex,
                coalesce(list_sort(list_distinct(list(nhs_number) filter (nhs_number like 't:%'))), []) as nhs,
                coalesce(list_sort(list_distinct(list(upn) filter (upn like 't:%'))), []) as upn,
                {single}, {several}, {flags}
            from linkage_record group by identity_id
        ),
        {DEFAULT_DAY}
        select row_number() over (order by identity_id) as id, profile.*, dob in (select dob from default_day) as has_default_day
        from profile
        """,
    )
    return int(engine.query(f"select count(*) as identities from {PROFILES}").column("identities")[0].as_py())


def _single() -> Iterable[str]:
    return (name for name in sorted(PURPOSE) if name not in TOKEN_LISTS)


def _json_type(name: str) -> str:
    if name in TOKEN_FLAGS:
        return '"BOOLEAN"'
    return '["VARCHAR"]' if name in TOKEN_LISTS else '"VARCHAR"'
