"""What can be wrong with one indicator file beyond its keys: checked on the file as written, so that one mistake does not hide another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sightline.definitions.breakdowns import Breakdown, Domain
from sightline.definitions.indicators import PER, number_of
from sightline.definitions.measures import VALUE, Measure
from sightline.definitions.partnership import KEY_INDICATORS
from sightline.definitions.yaml import LineMap
from sightline.model.units import UNITS

Mistake = tuple[tuple[str, ...], str, str]
"""Where in the document, what is wrong, how to put it right."""


def check_document(
    document: LineMap, name: str, measures: Mapping[str, Measure], breakdowns: Mapping[str, Breakdown], domains: Mapping[str, Domain]
) -> Iterator[Mistake]:
    """Every mistake of one indicator file that its keys alone do not show.

    Args:
        document: The file, as read.
        name: The file's name without its ending, which is the indicator's id.
        measures: Those that loaded.
        breakdowns: Those there are.
        domains: Those there are.
    """
    if "id" in document and document["id"] != name:
        yield ("id",), f'id is "{document["id"]}" and the file is {name}.yml.', "Give both the same name."
    yield from _place_in_the_framework(document, domains)
    if "waits_for" in document:
        if _is_key(document):
            yield ("key",), "a question that waits for data cannot be a key one.", "Choose one that is counted."
        return
    yield from _statistic(document)
    for part in ("numerator", "denominator"):
        yield from _counted(document, part, measures)
    numerator = document.get("numerator")
    measure = measures.get(str(numerator.get("measure"))) if isinstance(numerator, dict) else None
    if measure is not None:
        yield from _breakdowns(document, measure, breakdowns)
        yield from _numerator(document, measure)


def _is_key(document: Mapping[str, Any]) -> bool:
    return str(document.get("key", "")).casefold() in {"true", "yes", "on", "1"}


def _place_in_the_framework(document: LineMap, domains: Mapping[str, Domain]) -> Iterator[Mistake]:
    domain = str(document.get("domain"))
    if "domain" in document and domain not in domains:
        yield ("domain",), f'"{domain}" is no part of the framework.', f"There are {', '.join(domains)}."
    framework = str(document.get("framework") or "")
    if not framework[1:].isdigit():
        framework = ""
    if framework and domain in domains and framework[0] != domains[domain].letter:
        yield ("framework",), f"{framework} is not of the part {domain}.", f"That part is numbered {domains[domain].letter}01 and on."
    order = str(document.get("order", ""))
    if _is_key(document):
        if order not in {str(place) for place in range(1, KEY_INDICATORS + 1)}:
            yield ("order" if "order" in document else "key",), "a key indicator's order is its place among the five.", "Write 1 to 5."
        if not document.get("key_reason"):
            yield ("key",), "does not say why it is a key one.", "Write it under key_reason."
    elif framework and order and order != str(number_of(framework)):
        yield ("order",), f"{framework} has the order {number_of(framework)}, not {order}.", "Correct it, or leave order out."


def _statistic(document: LineMap) -> Iterator[Mistake]:
    per, has_denominator = document.get("per"), document.get("denominator") is not None
    if (per is None) == has_denominator:
        yield ("per" if per is not None else "denominator",), "denominator and per belong together: give both or neither.", ""
    statistic = document.get("statistic")
    if statistic in PER and per is not None and str(per) != str(PER[statistic]):
        yield ("per",), f"a {statistic} is per {PER[statistic]}, not {per}.", "Correct per, or the statistic."
    if statistic in PER and per is None:
        yield ("statistic",), f"a {statistic} needs a denominator and per.", "Give both, or another statistic."
    if statistic in {"count", "median"} and has_denominator:
        yield ("denominator",), f"a {statistic} is out of nothing.", "Leave denominator and per out."
    if (statistic == "median") != (document.get("value") is not None):
        what = "needs value: what it is measured in" if statistic == "median" else "has a value only as a median"
        yield ("value" if "value" in document else "statistic",), f"{what}.", "days, hours, minutes, years or kilometres."


def _counted(document: LineMap, part: str, measures: Mapping[str, Measure]) -> Iterator[Mistake]:
    counted = document.get(part)
    if not isinstance(counted, dict) or "measure" not in counted:
        return
    unit = counted.get("unit")
    if unit is not None and (part == "numerator" or unit not in UNITS):
        yield (part, "unit"), f'"{unit}" is not what a {part} can count.', "The numerator counts the indicator's unit; see docs/reference."
    name = str(counted["measure"])
    measure = measures.get(name)
    if measure is None:
        yield (part, "measure"), f'"{name}" is not a measure that loaded.', "See the folder measures."
        return
    given: Collection[str] = counted["with"] if isinstance(counted.get("with"), dict) else {}
    for parameter in sorted(measure.parameters ^ set(given)):
        what = "needs a value for" if parameter in measure.parameters else "has no parameter"
        yield (part,), f"{name} {what} ${parameter}.", 'Write it under "with".'


def _breakdowns(document: LineMap, measure: Measure, breakdowns: Mapping[str, Breakdown]) -> Iterator[Mistake]:
    asked = document.get("breakdowns")
    for id in asked if isinstance(asked, list) else ():
        breakdown = breakdowns.get(str(id))
        if breakdown is None:
            yield ("breakdowns",), f'"{id}" is no breakdown.', "See breakdowns.yml."
        elif breakdown.column is not None and breakdown.column not in measure.columns:
            yield ("breakdowns",), f"{measure.name} does not return {breakdown.column}.", f"Leave {id} out, or return it."
        elif breakdown.column is None and not measure.is_about_people:
            yield ("breakdowns",), f"{measure.name} does not say whom it is about, which {id} needs.", "Return person_id."


def _numerator(document: LineMap, measure: Measure) -> Iterator[Mistake]:
    if document.get("unit") == "children" and not measure.is_about_people:
        yield ("numerator",), f"{measure.name} counts no children: it returns no person_id.", "Return it, or count another unit."
    if document.get("statistic") == "median" and VALUE not in measure.columns:
        yield ("numerator",), f"{measure.name} does not return value, of which the median is taken.", "Return a number as value."
