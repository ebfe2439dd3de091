"""The whole linkage: identity records in, links and people out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.linkage import ADULTS, LinkageModel, NameWords, linkage_model, name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIR_IDS, PAIRS, block
from sightline.linkage.calibrate import UNCHANGED, Calibration
from sightline.linkage.comparable import LeftAlone, leave_out, left_alone
from sightline.linkage.cut import Cut, choose_cut, expected_precision
from sightline.linkage.groups import ADULT, AGE_NOT_KNOWN, Ages, Told, tell_ages
from sightline.linkage.identify import Changes, identify
from sightline.linkage.links import counted, make_links, make_pairs
from sightline.linkage.names import Nicknames
from sightline.linkage.others import score_adults, with_adults
from sightline.linkage.overrides import Overrides
from sightline.linkage.people import describe_people
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.resolve import Edges, Groups, components, in_order, pairs_inside, resolve
from sightline.linkage.score import SCORED, Scorer
from sightline.linkage.tokens import carry_tokens, prepare_tokens

# Inside one connected group every pair is scored; a larger one is a fault in the data (one number given to everybody), not a person.
_LARGEST_GROUP = 200
# Pairs less likely than this are two people; they play no part unless they meet again inside a group.
_WORTH_KEEPING = 0.01
# What DuckDB may take before it spills: enough for a million records, and a kilobyte for each beyond.
_LEAST_MEMORY_MB, _RECORDS_A_MB = 1200, 1000
_STEPS = ("prepare", "block", "score", "resolve", "identify", "describe")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Lists:
    """The catalogue data linkage reads: the model, that of adults, words that name nobody, names that stand for one another."""

    model: LinkageModel = field(default_factory=linkage_model)
    adults: LinkageModel = field(default_factory=lambda: linkage_model(ADULTS))
    words: NameWords = field(default_factory=name_words)
    nicknames: tuple[frozenset[str], ...] = field(default_factory=nickname_sets)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a linkage did, in counts."""

    records: int
    identities: int
    pairs: int
    people: int
    groups_parted: int
    """Connected groups that contradicted themselves and were parted."""
    methods: dict[str, int]
    """Identities by the rule that put them where they are."""
    forbidden: dict[str, int]
    """Pairs that looked alike and were kept apart, by reason."""
    changes: Changes
    model: str
    overrides_applied: int = 0
    overrides_waiting: int = 0
    """Overrides in force that name an identity which no return here holds."""
    groups_too_large: int = 0
    """Connected groups of more members than one person can have, cut by stronger evidence before they were judged."""
    linked_from: float | None = None
    """The probability (the model's) from which pairs were linked by likeness."""
    precision_asked: float | None = None
    """The share of links that should be right, where somebody chose it."""
    precision_expected: float | None = None
    """The share of links that are right by their (calibrated) probabilities; None when nobody was linked."""
    left_alone: int = 0
    """Identities in such a group that no evidence could cut, linked to nobody."""
    adults: int = 0
    """People who were adults before the partnership's first quarter; never linked to children."""
    adults_told_of_harm: int = 0
    """Those of them whom an agency names as causing harm or as an associate."""
    age_not_known: int = 0
    """People so named whose age nothing tells, linked to nobody."""
    not_comparable: dict[str, str] = field(default_factory=dict)
    """Agencies whose people, or all without a believable number, were linked to nobody, because of what their records lack or are."""
    not_compared: dict[str, int] = field(default_factory=dict)
    """How many people of each of these were linked to nobody."""
    known: dict[str, int] = field(default_factory=dict)
    """And how many it tells of."""
    shared_numbers: dict[str, int] = field(default_factory=dict)
    """By agency, how many of its own numbers seem to stand for two people each and were linked to nobody."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """``links`` (LINK_SCHEMA, one row per identity, ordered by it), ``pairs`` (PAIR_SCHEMA, ordered), ``people`` and the summary.

    ``events`` (EVENT_SCHEMA) say what became of people since the previous links, ``gone`` (HOLDER_SCHEMA) who bore which id and is
    not here.
    """

    links: pa.Table
    pairs: pa.Table
    people: pa.Table
    events: pa.Table
    gone: pa.Table
    summary: Summary


def memory_for(records: int) -> str:
    """The memory limit of an engine that links so many records.

    >>> memory_for(10_000), memory_for(4_000_000)
    ('1200MB', '4000MB')
    """
    return f"{max(_LEAST_MEMORY_MB, records // _RECORDS_A_MB)}MB"


def link(
    records: pa.Table,
    *,
    engine: DuckDBEngine,
    wards: pa.Table,
    trusted: Sequence[str],
    previous: pa.Table | None,
    new_person_id: Callable[[], str],
    gone: pa.Table | None = None,
    restored: pa.Table | None = None,
    overrides: pa.Table | None = None,
    told: Told | None = None,
    previous_model: str | None = None,
    precision: float | None = None,
    calibration_of: Callable[[str], Calibration] = lambda model: UNCHANGED,
    progress: Progress | None = None,
    lists: Lists | None = None,
) -> LinkResult:
    """Link identities to people.

    The same records, decisions and previous links give the same bytes; nothing depends on the order of rows, on the clock or on chance,
    except the ids of people never seen before, which ``new_person_id`` draws.

    Args:
        records: Rows of ``identity_record`` with agency_id and identity_id, from any number of returns.
        engine: An engine of its own; tables named ``linkage_…`` are left on it.
        wards: ``postcode`` and ``ward`` of the area.
        trusted: Agency ids, most trusted first, to settle ties about people.
        previous: The links made last time, so that people keep their ids.
        new_person_id: Draws an id for a new person; must not be derived from anything personal.
        gone: Who bore which id in earlier linkages and was not in the last, so that they find their person again.
        restored: Identities that a steward gave back to an earlier person.
        overrides: What stewards decided (OVERRIDE_SCHEMA), applied whatever the evidence says.
        told: What tells adults from children, who are never linked to each other; None where all are handled alike.
        previous_model: The model of the previous links, as their summary names it, to say why something changed.
        precision: The share of links that should be right; None for the cut that the model ships with.
        calibration_of: What the probabilities of a model, by its name, are worth, as reviews of its links found.
        progress: Told the step, how many steps are done, and how many there are.
        lists: Other catalogue data than what is shipped.

    Raises:
        OverridesContradict: If the overrides cannot all hold.
        TokensDiffer: If some records carry tokens and others do not, or their tokens have different keys or other rules than these.
        ForeignModel: If the model is not one that the rules of this version can go by.
    """
    lists = lists or Lists()
    tell = _teller(progress)
    tell("prepare")
    tokens = carry_tokens(records)
    if tokens:
        identities = prepare_tokens(engine, records)
    else:
        identities = prepare(engine, records, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
    identity_ids = engine.query(f"select identity_id from {PROFILES} order by id").column("identity_id").combine_chunks()
    decided = Overrides.of(overrides, identity_ids)
    cutting = _Cutting(lists.model.link_at, precision, lambda learnt: calibration_of(_name_of(lists.model, learnt=learnt)))
    tell("block")
    pairs = block(engine, largest_block=lists.model.largest_block, tokens=tokens)
    alone = left_alone(engine, words=lists.words, have_several_rows=records.num_rows > identities)
    pairs = leave_out(engine, alone.ids) if len(alone.ids) else pairs
    ages = tell_ages(engine, told, identities=identities, tokens=tokens)
    groups, scored, cut, learnt = _groups(
        engine, lists, identities, pairs, tokens=tokens, ages=ages, decided=decided, cutting=cutting, alone=alone, tell=tell
    )
    scored = decided.visible(scored, groups.labels)
    tell("identify")
    model = _name_of(lists.model, learnt=learnt)
    identified = identify(
        identity_ids,
        groups.labels,
        previous,
        gone=gone,
        restored=restored,
        overrides=overrides,
        same_model=previous_model in (None, model),
        new_person_id=new_person_id,
    )
    links = make_links(identity_ids, identified.person_ids, groups.labels, scored)
    tell("describe")
    described = describe_people(engine, links, wards=wards, trusted=trusted)
    summary = Summary(
        records=records.num_rows,
        identities=identities,
        pairs=pairs,
        people=groups.count,
        groups_parted=groups.parted,
        methods=counted(links.column("method")),
        forbidden=counted(scored.filter(pc.is_valid(scored.column("rule"))).column("forbidden")),
        changes=identified.changes,
        model=model,
        overrides_applied=len(decided.pairs),
        overrides_waiting=decided.waiting,
        groups_too_large=groups.too_large,
        left_alone=groups.left_alone,
        adults=ages.people(groups.labels, ADULT),
        adults_told_of_harm=ages.people(groups.labels, ADULT, harm=True),
        age_not_known=ages.people(groups.labels, AGE_NOT_KNOWN),
        not_comparable=alone.agencies,
        not_compared=alone.people,
        known=alone.known,
        shared_numbers=alone.numbers,
        linked_from=cut.at,
        precision_asked=precision,
        precision_expected=expected_precision(scored, groups.labels, calibration_of(model)),
    )
    if progress:
        progress("done", len(_STEPS), len(_STEPS))
    return LinkResult(links, make_pairs(identity_ids, scored), described, identified.events, identified.gone, summary)


def _name_of(model: LinkageModel, *, learnt: bool) -> str:
    return f"{model.id} {model.version}{' learnt' if learnt else ''}"


def _teller(progress: Progress | None) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress:
            progress(step, _STEPS.index(step), len(_STEPS))

    return tell


@dataclass(frozen=True, slots=True)
class _Cutting:
    shipped: float
    precision: float | None
    calibration: Callable[[bool], Calibration]
    """By whether weights were learnt from the records: that makes another model of it."""


def _groups(
    engine: DuckDBEngine,
    lists: Lists,
    identities: int,
    pairs: int,
    *,
    tokens: bool,
    ages: Ages,
    decided: Overrides,
    cutting: _Cutting,
    alone: LeftAlone,
    tell: Callable[[str], None],
) -> tuple[Groups, pa.Table, Cut, bool]:
    """Everybody's group, every scored pair that matters with the decisions written in, from where on pairs were linked, and whether
    weights were learnt from the records."""
    tell("score")
    scored, cut, learnt = SCORED.empty_table(), Cut(cutting.shipped, cutting.precision), False
    if pairs:
        scorer = Scorer(engine, lists.model, identities=identities, tokens=tokens, learns=True)
        try:
            likely = scorer.score(PAIRS, at_least=_WORTH_KEEPING)
            engine.drop(PAIRS, PAIR_IDS)
            learnt = bool(scorer.learnt)
            cut = choose_cut(likely, shipped=cutting.shipped, precision=cutting.precision, calibration=cutting.calibration(learnt))
            likely = ages.keep_apart(cut.apply(likely))
            if ages and not tokens:
                among = score_adults(
                    engine, lists.adults, ages, without=alone.shared, at_least=_WORTH_KEEPING, link_at=cut.at, largest=_LARGEST_GROUP
                )
                likely = with_adults(likely, among, ages)
            tell("resolve")
            proposed = components(identities, Edges.of(decided.mark(likely)), largest=_LARGEST_GROUP)
            inside = ages.keep_apart(cut.apply(_score_inside(engine, scorer, proposed.labels, Edges.of(likely))))
        finally:
            scorer.close()
        scored = pa.concat_tables([likely, inside]).sort_by([("left", "ascending"), ("right", "ascending")])
    else:
        tell("resolve")
    scored = decided.mark(scored)
    glued = Edges.of(decided.glue(scored))
    groups = resolve(components(identities, glued, largest=_LARGEST_GROUP), glued)
    return replace(groups, labels=in_order(decided.spread(groups.labels))), scored, cut, learnt


def _score_inside(engine: DuckDBEngine, scorer: Scorer, labels: np.ndarray, likely: Edges) -> pa.Table:
    """Score the pairs inside groups of three or more that shared no key or scored low."""
    left, right = pairs_inside(labels, likely)
    if not len(left):
        return SCORED.empty_table()
    ids = {"join_key_l": left + 1, "join_key_r": right + 1}
    engine.register_table("linkage_inside", pa.table({"match_key": pa.repeat("0", len(left)), **ids}))
    return scorer.score("linkage_inside", at_least=None)
