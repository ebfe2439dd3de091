"""The linkers that are measured side by side, each on the same records and each with settings of its own choosing.

- **sightline**: `link` as it is shipped.
- **splink**: Splink with the comparisons of its own library and training as its tutorial does it (Splink documentation, "Tutorial"): u from
  random pairs with a seed, m by expectation-maximisation on two blocking rules, groups at 0.95.
- **ecm**: recordlinkage's ECM classifier (expectation-conditional maximisation) on agreement, as its documentation does it, pairs of equal
  date, family name, postcode or number, groups from connected pairs.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

_SPLINK_CUT = 0.95
_FIELDS = ("given_name", "family_name", "dob", "sex", "postcode", "address", "place_of_birth", "nhs_number", "upn")


def sightline(records: pa.Table, *, across: bool) -> dict[str, str]:
    from sightline.engine.duckdb import DuckDBEngine
    from sightline.linkage import link

    drawn = count(1)
    with DuckDBEngine(threads=2, memory_limit="1500MB") as engine:
        result = link(
            records,
            engine=engine,
            wards=pa.table({"postcode": pa.array([], pa.string()), "ward": pa.array([], pa.string())}),
            trusted=sorted(set(records.column("agency_id").to_pylist()))[:20],
            previous=None,
            new_person_id=lambda: f"p{next(drawn):024d}",
        )
    return dict(zip(result.links.column("identity_id").to_pylist(), result.links.column("person_id").to_pylist(), strict=True))


def _frame(records: pa.Table) -> pd.DataFrame:
    """The columns that anything is said in, folded to lower case; a date known to the year or month only is left out."""
    frame = records.to_pandas()
    exact = frame["date_of_birth_precision"].fillna("day") == "day"
    born = frame["date_of_birth"].map(lambda value: value.isoformat(), na_action="ignore")
    frame["dob"] = born.where(exact, None)
    frame["sex"] = frame["sex"].where(frame["sex"].isin(["female", "male"]), None)
    for column in ("given_name", "family_name", "address", "place_of_birth"):
        frame[column] = frame[column].str.lower()
    used = [column for column in _FIELDS if frame[column].notna().any()]
    kept = frame[["identity_id", "agency_id", *used]].astype(object)
    return kept.where(kept.notna(), None)


def splink(records: pa.Table, *, across: bool) -> dict[str, str]:
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    frame = _frame(records).rename(columns={"identity_id": "unique_id", "agency_id": "source_dataset"})
    comparisons: dict[str, Callable[[], Any]] = {
        "given_name": lambda: library.NameComparison("given_name").configure(term_frequency_adjustments=True),
        "family_name": lambda: library.NameComparison("family_name").configure(term_frequency_adjustments=True),
        "dob": lambda: library.DateOfBirthComparison("dob", input_is_string=True),
        "sex": lambda: library.ExactMatch("sex"),
        "postcode": lambda: library.PostcodeComparison("postcode"),
        "address": lambda: library.JaroWinklerAtThresholds("address", [0.92, 0.8]),
        "place_of_birth": lambda: library.ExactMatch("place_of_birth").configure(term_frequency_adjustments=True),
        "nhs_number": lambda: library.ExactMatch("nhs_number"),
        "upn": lambda: library.ExactMatch("upn"),
    }
    used = [column for column in _FIELDS if column in frame]
    names = block_on("given_name", "family_name")
    numbers = [block_on(column) for column in ("nhs_number", "upn") if column in frame]
    homes = [block_on("postcode", "given_name")] if "postcode" in frame and frame["postcode"].nunique() > 100 else []
    settings = SettingsCreator(
        link_type="link_only" if across else "dedupe_only",
        comparisons=[comparisons[column]() for column in used],
        blocking_rules_to_generate_predictions=[names, block_on("dob"), *homes, *numbers],
    )
    database = DuckDBAPI()
    tables = [part for _, part in frame.groupby("source_dataset")] if across else [frame.drop(columns="source_dataset")]
    linker = Linker([database.register(part) for part in tables], settings)
    linker.training.estimate_probability_two_random_records_match([block_on("given_name", "family_name", "dob"), *numbers], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (names, block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict(threshold_match_probability=0.01)
    groups = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_probability=_SPLINK_CUT)
    found = groups.as_pandas_dataframe()
    return dict(zip(found["unique_id"], found["cluster_id"].astype(str), strict=True))


def ecm(records: pa.Table, *, across: bool) -> dict[str, str]:
    import numpy as np
    import recordlinkage
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    frame = _frame(records).set_index("identity_id")
    used = [column for column in _FIELDS if column in frame]
    lists = [part for _, part in frame.groupby("agency_id")] if across else [frame]
    index = recordlinkage.Index()
    for column in ("dob", "nhs_number", "upn"):
        if column in frame:
            index.block(column)
    index.block(["given_name", "family_name"])
    if "postcode" in frame and frame["postcode"].nunique() > 100:
        index.block(["postcode", "family_name"])
    pairs = index.index(*lists)
    compare = recordlinkage.Compare()
    for column in used:
        if column in {"given_name", "family_name", "address"}:
            compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
        else:
            compare.exact(column, column, label=column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alike = compare.compute(pairs, *lists)
        matches = recordlinkage.ECMClassifier(use_col_names=True).fit_predict(alike)
    numbers = {identity: number for number, identity in enumerate(frame.index)}
    left = np.array([numbers[one] for one, _ in matches], dtype=np.int64)
    right = np.array([numbers[other] for _, other in matches], dtype=np.int64)
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(frame), len(frame)))
    _, groups = connected_components(graph, directed=False)
    return {identity: str(group) for identity, group in zip(frame.index, groups, strict=True)}


ENGINES: dict[str, Callable[..., dict[str, str]]] = {"sightline": sightline, "splink": splink, "ecm": ecm}
