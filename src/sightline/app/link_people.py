"""Link people: from the identity records of the current generation to who is whom, kept as objects and written down in the ledger."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sightline.app.agreed import refuse_if_stopped_meanwhile, refuse_unless_usable
from sightline.app.calibrate_links import kept_calibration
from sightline.app.link_ages import told_of_ages
from sightline.app.link_locations import link_locations
from sightline.app.link_undo import given_back
from sightline.app.publish_generation import GenerationSummary, current_generation
from sightline.app.rows_of_person import without_marked
from sightline.app.tables import NotReproducible, identity_record_current, places_of
from sightline.app.token_epochs import HOW_TO_ROTATE, Epochs, LeftOut, epochs_of
from sightline.app.token_rules import HOW_TO_PREPARE_AGAIN, left_out_by_rules
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import NotFound, Place, Refused
from sightline.ledger import audit
from sightline.ledger.erasures import agreed_marks
from sightline.ledger.linkages import latest_linkage, previous_linkage, record_linkage
from sightline.ledger.overrides import newest_decision, override_table
from sightline.ledger.present import refuse_if_gone
from sightline.linkage import Evaluation, Summary, evaluate, link, memory_for
from sightline.linkage.calibrate import UNCHANGED
from sightline.linkage.locations import PlaceCounts
from sightline.linkage.tokens import TOKEN_RULES
from sightline.privacy.pseudonyms import identity_id

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """What linking did, and where its tables lie; ``is_new`` is False when nothing had changed since the last time."""

    generation: str
    links: str
    people: str
    is_new: bool
    linkage: Summary
    places: PlaceCounts
    token_key: str = ""
    """The key under which tokens were compared; empty where none are."""
    left_out: tuple[LeftOut, ...] = ()
    """Returns that were not linked: no rotation file brings their tokens to that key, or they were made by other rules."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def left_out_because(self) -> list[tuple[str, list[LeftOut], str]]:
        """Why returns were left out, which they are, and how they come into it again."""
        return because(self.left_out, self.token_key)


def because(left_out: Sequence[LeftOut], key_id: str) -> list[tuple[str, list[LeftOut], str]]:
    """Returns that were left out of linking, by reason, each with what to do."""
    by_key, by_rules = ([one for one in left_out if bool(one.rules) is asked] for asked in (False, True))
    reasons = (
        (f"no rotation file brings their tokens to key {key_id}", by_key, HOW_TO_ROTATE),
        (f"their tokens were made by other rules than those of this version, {TOKEN_RULES}", by_rules, HOW_TO_PREPARE_AGAIN),
    )
    return [each for each in reasons if each[1]]


def random_person_id() -> str:
    """An id nobody can work back from: drawn by the system, 96 bits, derived from nothing."""
    return f"p{secrets.token_hex(12)}"


def random_place_id() -> str:
    """An id that says nothing of where a place is."""
    return f"l{secrets.token_hex(12)}"


def link_people(
    workspace: Workspace,
    *,
    by: str,
    at: datetime,
    progress: Progress | None = None,
    new_person_id: Callable[[], str] = random_person_id,
    new_place_id: Callable[[], str] = random_place_id,
    threads: int | None = None,
    precision: float | None = None,
) -> LinkSummary:
    """Link the current generation's identities to people and keep the result.

    People keep the ids the last linkage gave them wherever their identities say so; running it again over the same generation
    gives the same bytes and writes nothing.

    Args:
        workspace: Where.
        by: Who asks.
        at: When, for the ledger.
        progress: Told the step, how many are done, and how many there are.
        new_person_id: Draws ids for people never seen before; a test passes a seeded one.
        new_place_id: Draws ids for places never seen before.
        threads: Threads to use; the engine's own choice when None.

    Raises:
        NotFound: If no generation is published.
        NotReproducible: If every return waits for a rotation file, or its key was destroyed, or its tokens were made by other rules.
        NotAgreedToUse: If no agreement lets a return of it be used any more, or one was stopped while this ran.
        ObjectsErased: If an object that it shares with an earlier linkage was erased in this instant.
        OverridesContradict: If stewards' decisions cannot all hold.
        Refused: If a steward decided something, or people were linked, while this ran.
    """
    generation = current_generation(workspace)
    refuse_unless_usable(workspace, generation, at)
    number = _number(generation)
    latest = latest_linkage(number)
    earlier = latest or previous_linkage()
    seen = _decided_by_now()
    marks, key = agreed_marks(), workspace.identity_key
    epochs = epochs_of(workspace.objects, generation.return_ids, at)
    with DuckDBEngine(spill=workspace.spill, memory_limit=workspace.memory(memory_for(0)), threads=threads) as reader:
        epochs = epochs.without(left_out_by_rules(workspace, generation, reader))
        records = identity_record_current(workspace, generation, reader, epochs=epochs)
        told = told_of_ages(workspace, generation, reader)
    _refuse_if_all_is_left_out(records, epochs)
    memory = workspace.memory(memory_for(records.num_rows))
    with DuckDBEngine(spill=workspace.spill, memory_limit=memory, threads=threads) as engine:
        result = link(
            records,
            engine=engine,
            wards=places_of(workspace, generation).postcodes,
            trusted=[agency.id for agency in workspace.partnership.agencies],
            previous=without_marked(workspace.objects.get_table(earlier.links), marks, key=key) if earlier else None,
            gone=without_marked(workspace.objects.get_table(earlier.gone), marks, key=key) if earlier and earlier.gone else None,
            restored=given_back(workspace, earlier) if earlier else None,
            overrides=override_table(earlier),
            told=told,
            previous_model=earlier.summary.get("model") if earlier else None,
            precision=precision,
            calibration=kept_calibration(earlier)[0] if earlier else UNCHANGED,
            new_person_id=new_person_id,
            progress=progress,
        )
        located = link_locations(
            workspace,
            generation,
            engine,
            records=records,
            links=result.links,
            previous=workspace.objects.get_table(earlier.places) if earlier and earlier.places else None,
            new_place_id=new_place_id,
        )
    tables = (result.links, result.pairs, result.people, located.places)
    links, pairs, people, places = (workspace.objects.put_table(table) for table in tables)
    token_keys = {"token_key": epochs.key_id, "left_out": [asdict(one) for one in epochs.left_out]}
    is_new = latest is None or (latest.links, latest.pairs, latest.people, latest.places) != (links, pairs, people, places)
    is_new = is_new or (latest is not None and bool(epochs.key_id or epochs.left_out) and latest.summary | token_keys != latest.summary)
    if is_new:
        # only now: the events of a linkage that changed nothing tell of nothing
        events, gone = (workspace.objects.put_table(table) for table in (result.events, result.gone))
        made = {"links": links, "pairs": pairs, "people": people, "events": events, "gone": gone, "places": places}
        with audit.writing():
            if _decided_by_now() != seen:
                raise Refused(
                    "A steward decided something, or people were linked, while this linkage ran; nothing of it was kept.",
                    hint="Run `sightline link` again.",
                )
            refuse_if_stopped_meanwhile(workspace, generation, at)
            refuse_if_gone(made.values(), workspace.objects.is_there)
            record_linkage(number, **made, summary=asdict(result.summary) | {"places": asdict(located.counts)} | token_keys, by=by, at=at)
    return LinkSummary(
        generation=generation.name,
        links=links,
        people=people,
        is_new=is_new,
        linkage=result.summary,
        places=located.counts,
        token_key=epochs.key_id,
        left_out=epochs.left_out,
    )


def _refuse_if_all_is_left_out(records: pa.Table, epochs: Epochs) -> None:
    if records.num_rows or not epochs.left_out:
        return
    reasons = because(epochs.left_out, epochs.key_id)
    told = "; ".join(f"{why} ({', '.join(map(str, returns))})" for why, returns, _ in reasons)
    raise NotReproducible(
        f"Nobody can be linked, and the links made before stay as they are. Of every return it is so: {told}.",
        hint=" ".join(what_to_do for _, _, what_to_do in reasons),
    )


def evaluate_links(workspace: Workspace, truth_folder: Path) -> Evaluation:
    """Compare the current links with the truth of an invented partnership.

    Args:
        workspace: Where the links lie.
        truth_folder: Holds ``identities.parquet`` (agency, local_id, person) and ``people.parquet``.

    Raises:
        NotFound: If people are not linked yet, or the folder holds no truth.
    """
    generation = current_generation(workspace)
    linkage = latest_linkage(_number(generation))
    if linkage is None:
        raise NotFound("The people of the current generation are not linked yet.", hint="Run `sightline link` first.")
    identities = _truth(truth_folder, "identities.parquet")
    agencies, local_ids = identities.column("agency").to_pylist(), identities.column("local_id").to_pylist()
    key = workspace.identity_key
    truth = pa.table(
        {
            "identity_id": [identity_id(str(local), key=key, agency=agency) for agency, local in zip(agencies, local_ids, strict=True)],
            "person": identities.column("person"),
            "agency": identities.column("agency"),
        }
    )
    people = _truth(truth_folder, "people.parquet")
    return evaluate(workspace.objects.get_table(linkage.links), truth, people=people, twins=twins_among(people))


def twins_among(people: pa.Table) -> list[tuple[Any, Any]]:
    """Pairs of persons of one ``family`` born on one day; none where the truth tells neither."""
    if not {"person", "family", "date_of_birth"} <= set(people.column_names):
        return []
    born: dict[tuple[Any, Any], list[Any]] = defaultdict(list)
    for row in people.select(["person", "family", "date_of_birth"]).to_pylist():
        born[row["family"], row["date_of_birth"]].append(row["person"])
    return [pair for persons in born.values() for pair in combinations(persons, 2)]


def _decided_by_now() -> tuple[int, ...]:
    """A mark of everything a linkage goes by that may change while it runs."""
    newest = previous_linkage()
    return (*newest_decision(), newest.pk if newest else 0)


def _number(generation: GenerationSummary) -> int:
    if generation.number is None:
        raise NotFound("Only a published generation can be linked.", hint="Run `sightline publish` first.")
    return generation.number


def _truth(folder: Path, name: str) -> pa.Table:
    path = folder / name
    if not path.is_file():
        raise NotFound(
            f"{name} is not in that folder.",
            place=Place(file=str(folder)),
            hint="Give the truth folder that `sightline synthesise` wrote beside the extracts.",
        )
    return pq.read_table(path)
