"""How good a linkage is, in the measures that the issue of linkage names; said exactly, since each is defined in several ways elsewhere.

- **pair F1**: over pairs of records put together, after clustering. Where the data are two lists, only pairs between the lists.
- **B-cubed**: for each record, the share of its group that is truly the same person (precision) and the share of that person's records
  that are in its group (recall); F1 of the two means over records. Source: Bagga and Baldwin (1998).
- **cluster F1**: groups that are exactly one person's records and all of them, people alone included; precision over the groups made,
  recall over the people there are. Source: Menestrina, Whang and Garcia-Molina (2010).
- **twins merged**: of the pairs of twins both seen, the share any of whose records lie in one group.
- **recall gap**: the highest less the lowest recall over pairs among ethnic groups.
- **in households**: pairs wrongly put together whose two people live in one household.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa


def measure(found: dict[str, str], truth: pa.Table, people: pa.Table, twins: pa.Table, sources: dict[str, str] | None) -> dict[str, Any]:
    """All measures of one linkage.

    Args:
        found: The group of each record.
        truth: identity_id and person.
        people: person, and ethnicity or household where known.
        twins: Pairs of people, ``one`` and ``other``.
        sources: The list each record is from where only pairs between lists count, else None.
    """
    frame = truth.to_pandas()
    frame["found"] = frame["identity_id"].map(found)
    frame["source"] = frame["identity_id"].map(sources) if sources else ""
    right, linked, true = (_pairs(frame, keys, within=sources is not None) for keys in (["found", "person"], ["found"], ["person"]))
    known = people.to_pandas()
    return {
        "pair_precision": right / linked if linked else 1.0,
        "pair_recall": right / true if true else 1.0,
        "pair_f1": 2 * right / (linked + true) if linked + true else 1.0,
        "wrong": linked - right,
        "missed": true - right,
        **_b_cubed(frame),
        "cluster_f1": _clusters(frame),
        **_twins(frame, twins.to_pandas()),
        "recall_gap": _gap(frame, known),
        "in_households": _in_households(frame, known, across=sources is not None),
    }


def _pairs(frame: pd.DataFrame, keys: list[str], *, within: bool) -> int:
    sizes = frame.groupby(keys).size()
    pairs = int((sizes * (sizes - 1) // 2).sum())
    return pairs - _pairs(frame, [*keys, "source"], within=False) if within else pairs


def _b_cubed(frame: pd.DataFrame) -> dict[str, float]:
    both = frame.groupby(["found", "person"])["identity_id"].transform("size")
    precision = float((both / frame.groupby("found")["identity_id"].transform("size")).mean())
    recall = float((both / frame.groupby("person")["identity_id"].transform("size")).mean())
    return {"b_cubed": 2 * precision * recall / (precision + recall)}


def _clusters(frame: pd.DataFrame) -> float:
    groups, persons = frame["found"].nunique(), frame["person"].nunique()
    cells = frame.groupby(["found", "person"]).size().reset_index(name="both")
    whole = frame.groupby("found").size(), frame.groupby("person").size()
    exact = ((cells["both"] == cells["found"].map(whole[0])) & (cells["both"] == cells["person"].map(whole[1]))).sum()
    return float(2 * exact / (groups + persons))


def _twins(frame: pd.DataFrame, twins: pd.DataFrame) -> dict[str, Any]:
    groups = frame.groupby("person")["found"].agg(set)
    seen = [(groups[one], groups[other]) for one, other in twins.itertuples(index=False) if one in groups and other in groups]
    merged = sum(bool(one & other) for one, other in seen)
    return {"twins": len(seen), "twins_merged": merged / len(seen) if seen else None}


def _gap(frame: pd.DataFrame, people: pd.DataFrame) -> float | None:
    if "ethnicity" not in people or people["ethnicity"].isna().all():
        return None
    told = frame.assign(ethnicity=frame["person"].map(people.set_index("person")["ethnicity"])).dropna(subset="ethnicity")
    recalls = []
    for _, group in told.groupby("ethnicity"):
        true = _pairs(group, ["person"], within=False)
        recalls.append(_pairs(group, ["found", "person"], within=False) / true)
    return max(recalls) - min(recalls)


def _in_households(frame: pd.DataFrame, people: pd.DataFrame, *, across: bool) -> int | None:
    if "household" not in people:
        return None
    homes = people.groupby("person")["household"].agg(set)
    wrong = 0
    for _, group in frame.groupby("found"):
        if group["person"].nunique() > 1:
            rows = list(zip(group["person"], group["source"], strict=True))
            for position, one in enumerate(rows):
                for other, other_source in rows[position + 1 :]:
                    apart = one[0] != other and not (across and one[1] == other_source)
                    wrong += bool(apart and homes[one[0]] & homes[other])
    return wrong
