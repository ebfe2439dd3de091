"""The questions of the motivated-intruder checklist that a person must answer, as the catalogue declares them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Problem

FILE = Path(__file__).parent.parent / "catalogue" / "protection" / "checklist.yml"


class IntruderQuestion(Definition):
    """One question, and what it is asked for."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    question: str = Field(min_length=1)
    asks: str = Field(min_length=1)


class _Questions(Definition):
    questions: tuple[IntruderQuestion, ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def load_questions() -> tuple[IntruderQuestion, ...]:
    """Every question, in order.

    Raises:
        CatalogueProblems: If the file has mistakes; all of them are listed with their lines.
    """
    problems: list[Problem] = []
    loaded = load(_Questions, LineMap(questions=read_yaml_file(FILE, problems)), file=FILE.name, problems=problems)
    if problems or loaded is None:
        raise CatalogueProblems(problems)
    return loaded.questions
