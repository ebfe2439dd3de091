"""Score pairs with Splink and the shipped model, then say of each pair which rule joins it and what forbids it.

Splink adds up, comparison by comparison, how much more often a likeness is met by one person's records than by two people's
(Fellegi and Sunter, 1969). Rules about numbers, twins, ages and agencies are kept apart from the sum, where they can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.linkage import YEARS_APART, Comparison, Level, LinkageModel
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.learn import Learnt, learn
from sightline.linkage.prepare import PROFILES
from sightline.linkage.weigh import Weigher

SCORED = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("weight", pa.float64()),
        ("probability", pa.float64()),
        ("rule", pa.string()),
        ("forbidden", pa.string()),
        # a few thousand patterns stand for millions of pairs
        ("pattern", pa.dictionary(pa.int32(), pa.string())),
    ]
)
_JUDGED, _LEARNT = "linkage_judged", "linkage_learnt"
# Of what is learnt from, and weighed again by what was learnt: pairs ten bits below what is worth keeping.
_TO_LEARN_FROM = 2.0**-10
_AS_FAR_AS_GIVEN = ("month as far as given", "year as far as given", "same month")
# One birth in seventy is of twins; one pair in a thousand people or fewer is none, but for mistakes.
_SELDOM = 0.001
# A postcode is shared by some dozens; whoever shares one with more is in a flat block or a children's home and tells nothing of families.
_A_HOUSEHOLD = 60
# log2 of how much more one address says where nobody shares it.
_A_HOME_OF_ONES_OWN = {
    "same address": 5.0,
    "address but for slips": 5.0,
    "address alike": 5.0,
    # neighbours are two, whether or not anybody shares a home
    "all but the house number": 0.0,
    "address nearly alike": 3.0,
}
# The data may say that there are up to sixteen times as many matches as the model presumes.
_MOST_MORE, _ROUNDS = 4.0, 8
_ONE_BIRTH = ("same", "same at another time")
_ONE_HOME = ("same address", "same", "earlier", "address but for slips", "address alike")
TWIN = "twin or sibling"
ONE_AGENCY = "two records of one agency"


class Scorer:
    """Scores registered pairs with one model on one engine; word frequencies are counted once and used for every table of pairs.

    Args:
        engine: Holds ``linkage_profile``.
        model: The pre-trained model.
        identities: How many identities there are, at least 2.
        tokens: Whether the profiles are of keyed tokens.
        learns: Whether weights may be learnt from the records where nobody in them has a family to be confused with.
    """

    def __init__(self, engine: DuckDBEngine, model: LinkageModel, *, identities: int, tokens: bool = False, learns: bool = False) -> None:
        self._engine, self._model, self._tokens = engine, model.for_tokens() if tokens else model, tokens
        self._identities, self._shift = identities, 0.0
        self._seen = look_alikes(engine)
        self._learns = learns and not tokens and self._seen.nobody
        self.learnt = Learnt({})
        self._weigher = Weigher(engine, self._model, splink_settings(self._model, identities), PROFILES)

    def score(self, pairs: str, *, at_least: float | None) -> pa.Table:
        """Score a registered table of pairs.

        Args:
            pairs: Name of a table with match_key, join_key_l and join_key_r.
            at_least: Leave out pairs whose probability is lower; None keeps every pair.

        Returns:
            Columns ``left``, ``right``, ``weight`` (log2 of the odds), ``probability``, ``rule`` (what joins them, else null),
            ``forbidden`` (what parts them, else null) and ``pattern`` (see `PAIR_SCHEMA`), ordered by left and right.
        """
        # what is learnt may raise a weight by so much
        least = at_least * _TO_LEARN_FROM if at_least and self._learns else at_least
        add = self._engine.materialise
        for weighed in self._weigher.weigh(pairs, at_least=least):
            add(_JUDGED, self._judged(weighed))
            add = self._engine.append
        ruled = self._ruled(is_whole=at_least is not None)
        if at_least is not None:
            shift = self._more_matches(ruled)
            if self._learns:
                self._learn(pairs, shift)
            if shift or self.learnt:
                self._shift = shift
                del ruled
                ruled = self._ruled(is_whole=True)
            if least != at_least:
                ruled = ruled.filter(pc.greater_equal(ruled.column("probability"), at_least))
        self._engine.drop(_JUDGED, _LEARNT)
        return ruled

    def _learn(self, compared: str, shift: float) -> None:
        judged = self._in_words(
            self._engine.query(f"select weight, number_rule is not null as by_number, forbidden, pattern from {_JUDGED}")
        )
        homes = int(self._engine.query(f"select count(address) as homes from {PROFILES}").column("homes")[0].as_py())
        alike = {label: (count, _A_HOME_OF_ONES_OWN[label]) for label, count in self._alike_homes(compared).items()}
        self.learnt = learn(judged, self._model, shift=shift, pairs=homes * (homes - 1) / 2, alike=alike)

    def _alike_homes(self, pairs: str) -> dict[str, int]:
        """How many pairs compared have each likeness of addresses; every pair that has one shares a key."""
        met = self._weigher.met("home", pairs)
        return {label: met.get(self._model.level("home", label), 0) for label in _A_HOME_OF_ONES_OWN}

    def _more_matches(self, judged: pa.Table) -> float:
        """How many more matches the pairs hold than the model presumes, in half bits; 0 where it presumes enough.

        The expected number of matches is the sum of the probabilities, which depend on it in turn. Half steps keep a quarter's few more
        records from moving every weight, and the sum is over counts, so that no order of rows can change it.
        """
        free = judged.filter(pc.is_null(judged.column("forbidden")))
        weights, counts = np.unique(np.round(free.column("weight").to_numpy(), 2), return_counts=True)
        shift = 0.0
        for _ in range(_ROUNDS):
            matches = float((counts / (1 + np.exp2(-(weights + shift)))).sum())
            presumed = self._model.matches_per_identity * self._identities
            shift = min(max(0.0, float(np.log2(max(matches, 1.0) / presumed))), _MOST_MORE)
        return float(np.round(shift * 2) / 2)

    def close(self) -> None:
        """Leave nothing large on the engine."""
        self._weigher.close()

    def _judged(self, weighed: str) -> str:
        """What the model's levels say of each pair, whatever its weight."""
        weight = "match_weight"
        if not self._seen.shared_homes:
            said = {label: bits for label, bits in _A_HOME_OF_ONES_OWN.items() if not self._tokens}
            cases = " ".join(f"when {_at(self._model, 'home', label)} then {bits}" for label, bits in said.items())
            weight = f"match_weight + case {cases} else 0 end" if said else weight
        return f"""
            select scored.id_l as "left", scored.id_r as "right", {weight} as weight,
                {_number_rule(self._model)} as number_rule,
                {_forbidden(self._model, self._seen, tokens=self._tokens)} as forbidden,
                {_pattern(self._model)} as pattern,
                {_lone_twin(self._model)} as lone_twin
            from {weighed} as scored
            join {PROFILES} as one on one.id = scored.id_l
            join {PROFILES} as other on other.id = scored.id_r
        """

    def _ruled(self, *, is_whole: bool) -> pa.Table:
        """Rules over the weights; ``is_whole`` when these are all pairs there are, so that a pair without a rival can be told."""
        if self.learnt:
            patterns = self._engine.query(f"select distinct pattern from {_JUDGED}").column("pattern")
            bits = pa.array([self.learnt.of(_in_words(self._model, pattern)) for pattern in patterns.to_pylist()], pa.float64())
            self._engine.register_table(_LEARNT, pa.table({"pattern": patterns, "bits": bits}))
        weight = f"weight + {self._shift}{' + bits' if self.learnt else ''}"
        judged = f"{_JUDGED} join {_LEARNT} using (pattern)" if self.learnt else _JUDGED
        lone = f"forbidden = '{TWIN}' and lone_twin and likeliness >= {self._model.same_agency_at}" if is_whole else "false"
        ruled = self._engine.query(
            f"""
            with judged as (
                select * replace ({weight} as weight), 1 / (1 + pow(2, -({weight}))) as likeliness from {judged}
            ),
            ruled as materialized (
                select "left", "right", weight,
                    case when number_rule is not null then greatest(likeliness, 0.999) else likeliness end as probability,
                    coalesce(number_rule, case when likeliness >= {self._model.link_at} then 'likeness' end) as rule,
                    forbidden, pattern, {lone} as lone
                from judged
            ),
            tied as (select unnest(["left", "right"]) as id from ruled where lone or (rule is not null and forbidden is null)),
            rival as (select id from tied group by id having count(*) > 1),
            unrivalled as (
                select "left", "right" from ruled
                where lone and "left" not in (select id from rival) and "right" not in (select id from rival)
            )
            select ruled."left", ruled."right", weight, probability, rule,
                case when unrivalled."left" is null then forbidden end as forbidden, pattern
            from ruled left join unrivalled on unrivalled."left" = ruled."left" and unrivalled."right" = ruled."right"
            order by ruled."left", ruled."right"
            """
        )
        return self._in_words(ruled).cast(SCORED)

    def _in_words(self, pairs: pa.Table) -> pa.Table:
        """Pairs whose column ``pattern`` stands in words, each different one once."""
        numbers = pairs.column("pattern").combine_chunks().dictionary_encode()
        words = pa.array([_in_words(self._model, number) for number in numbers.dictionary.to_pylist()], pa.string())
        patterns = pa.DictionaryArray.from_arrays(numbers.indices, words)
        return pairs.set_column(pairs.column_names.index("pattern"), "pattern", patterns)


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Whether the people recorded include twins, and namesakes of different ages in one home; pairs that look so are two then.

    ``shared_homes`` is whether an address is ever that of several people: where it is not, it is nearly a number of its own.
    """

    twins: bool
    namesakes: bool
    shared_homes: bool

    @property
    def nobody(self) -> bool:
        """Whether no two people in the registers look alike because they are of one family."""
        return not (self.twins or self.namesakes or self.shared_homes)


def look_alikes(engine: DuckDBEngine) -> LookAlikes:
    """What the agencies' own registers show.

    An agency seldom holds somebody twice, so that two of its people with one birth date and one home are twins, and two with one name and
    one home parent and child. Where the registers are large and hold none, there are none to confuse, and the weights alone decide. What
    cannot be told (a small partnership) is taken for there.
    """
    home = "coalesce(address, postcode)"
    found = engine.query(
        f"""
        with held as (
            select agency_id, {home} as home, dob, given, family, count(*) over (partition by agency_id, {home}) as sharing
            from {PROFILES} where {home} is not null and given is not null and family is not null and dob is not null
        ),
        pair as (
            select one.dob = other.dob as twins, one.given = other.given and one.family = other.family as namesakes
            from held as one join held as other using (agency_id, home)
            where (one.given, one.family, one.dob) < (other.given, other.family, other.dob) and one.sharing <= {_A_HOUSEHOLD}
        )
        select count(*) filter (twins and not namesakes) as twins, count(*) filter (namesakes and not twins) as namesakes,
            (select count(*) from held) as held,
            (select coalesce(sum(people - 1), 0)::bigint from (select count(*) as people from {PROFILES} where address is not null
            group by agency_id, address)) as sharing
        from pair
        """
    ).to_pylist()[0]

    def seen(count: int) -> bool:
        return count + 0.5 >= _SELDOM * max(int(found["held"]), 1)

    return LookAlikes(seen(found["twins"]), seen(found["namesakes"]), seen(found["sharing"]))


def _prior(model: LinkageModel, identities: int) -> float:
    return min(model.matches_per_identity / max(identities, 2), 0.5)


def splink_settings(model: LinkageModel, identities: int, *, condition: Callable[[str], str] = str) -> dict[str, Any]:
    """The model in Splink's own words; ``condition`` writes a level's SQL in the dialect of another back end."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": _prior(model, identities),
        "comparisons": [_splink_comparison(comparison, condition) for comparison in model.comparisons],
        # Pairs come from `linkage.block`; Splink asks for one rule all the same.
        "blocking_rules_to_generate_predictions": ["l.id = r.id"],
        "retain_matching_columns": False,
        "linker_uid": "sightline",
    }


def _splink_comparison(comparison: Comparison, condition: Callable[[str], str]) -> dict[str, Any]:
    return {
        "output_column_name": comparison.id,
        "comparison_description": comparison.about,
        "comparison_levels": [_splink_level(level, condition) for level in comparison.levels],
    }


def _splink_level(level: Level, condition: Callable[[str], str]) -> dict[str, Any]:
    settings: dict[str, Any] = {"sql_condition": condition(level.when) if level.when else "ELSE", "label_for_charts": level.label}
    if level.is_silent:
        return {**settings, "is_null_level": True}
    settings |= {"m_probability": level.same_person, "u_probability": level.two_people}
    if level.rare_values is not None:
        settings |= {
            "tf_adjustment_column": level.rare_values.of,
            "tf_adjustment_weight": level.rare_values.weight,
            "tf_minimum_u_value": level.rare_values.least,
        }
    return settings


def _at(model: LinkageModel, comparison: str, *labels: str) -> str:
    numbers = ", ".join(str(model.level(comparison, label)) for label in labels)
    return f"gamma_{comparison} in ({numbers})"


def _pattern(model: LinkageModel) -> str:
    """How alike each thing compared was, all in one number, of which `_in_words` is what it says."""
    number = "0::bigint"
    for comparison in model.comparisons:
        number = f"({number}) * {len(comparison.levels) + 1} + gamma_{comparison.id} + 1"
    return f"({number})"


def _in_words(model: LinkageModel, pattern: int) -> str:
    """How alike each thing compared was, in the model's own words."""
    words = []
    for comparison in reversed(model.comparisons):
        pattern, level = divmod(pattern, len(comparison.levels) + 1)
        silent = [each.label for each in comparison.levels if each.is_silent]
        spoken = [each.label for each in comparison.levels if not each.is_silent]
        # Splink counts from -1, which says nothing, and from the least alike up
        words.append(f"{comparison.id}:{spoken[-level] if level else ''.join(silent)}")
    return "|".join(reversed(words))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _number_rule(model: LinkageModel) -> str:
    """A believable number of both, and one more thing: a number alone is copied to the wrong twin too often to be trusted by itself."""
    born = _at(model, "born", *_ONE_BIRTH, "same default day", "day and month swapped", "one digit")
    named = _at(model, "given", "same", "nickname or spelling", "other order", "one slip")
    both = f"({_at(model, 'family', 'same', 'a part', 'one slip')} or {_at(model, 'given', 'other order')})"
    rules = [
        f"when {_at(model, number, 'same')} and {condition} then '{word} and {with_what}'"
        for number, word in (("nhs", "NHS number"), ("upn", "UPN"))
        for condition, with_what in (
            (f"{born} and ({named} or gamma_given = -1)", "date of birth"),
            (f"{named} and ({both} or gamma_born = -1)", "names"),
        )
    ]
    return f"case {' '.join(rules)} end"


def _lone_twin(model: LinkageModel) -> str:
    """One birth date, one home and one sex under another given name: one child, should neither record have anybody else to be."""
    return f"({_at(model, 'born', *_ONE_BIRTH)} and {_at(model, 'home', *_ONE_HOME)} and {_at(model, 'sex', 'same')})"


def _forbidden(model: LinkageModel, seen: LookAlikes, *, tokens: bool) -> str:
    same_number = f"({_at(model, 'nhs', 'same')} or {_at(model, 'upn', 'same')})"
    other_number = f"({_at(model, 'nhs', 'different')} or {_at(model, 'upn', 'different')})"
    same_birth = _at(model, "born", *_ONE_BIRTH, "day and month swapped", "one digit", "first of the year or month", *_AS_FAR_AS_GIVEN)
    same_household = f"({_at(model, 'family', 'same', 'a part', 'one slip')} or {_at(model, 'home', *_ONE_HOME)})"
    other_sex = _at(model, "sex", "different")
    # who shares a second given name is seldom a twin, and more often known by that name
    other_given = f"{_at(model, 'given', 'different')} and not {_at(model, 'middle', 'same')}"
    other_name = f"({other_given} or {_at(model, 'given', 'another given name', 'alike')} and {other_sex})"
    years_apart = f"abs(one.birth_year::integer - other.birth_year::integer) >= {YEARS_APART}"
    if tokens:
        years_apart = "not list_contains(one.near_years, other.birth_year)"
    weak = f"(match_probability < {model.same_agency_at} or gamma_given in (-1, 0) or gamma_born in (-1, 0))"
    return f"""case
        -- a number is sometimes copied to the brother or sister born the same day
        when {same_number} and {same_birth} and {_at(model, "given", "different")} and {other_sex} then '{TWIN}'
        when {same_number} then null
        when {other_number} then 'different numbers'
        when {str(seen.twins).lower()} and {same_birth} and {same_household} and {other_name} then '{TWIN}'
        when {_at(model, "born", "different")} and {str(seen.namesakes).lower()} and {years_apart} then 'years apart'
        when one.adult <> other.adult and {years_apart} and not ({same_birth}) then 'adult and child'
        when one.agency_id = other.agency_id and {weak} then '{ONE_AGENCY}'
    end"""
