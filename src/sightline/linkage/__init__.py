"""Identity records to people, across agencies that share no number: prepare, block, score, resolve, identify, describe, evaluate."""

from sightline.linkage.evaluate import Evaluation, evaluate
from sightline.linkage.groups import TOLD_AS_CHILD, TOLD_OF_HARM, TOLD_SCHEMA, Told
from sightline.linkage.linking import LinkResult, Lists, Summary, link, memory_for
from sightline.linkage.overrides import check_overrides

__all__ = [
    "TOLD_AS_CHILD",
    "TOLD_OF_HARM",
    "TOLD_SCHEMA",
    "Evaluation",
    "LinkResult",
    "Lists",
    "Summary",
    "Told",
    "check_overrides",
    "evaluate",
    "link",
    "memory_for",
]
