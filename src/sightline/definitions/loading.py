"""Turn YAML documents into checked, frozen objects, collecting every problem instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sightline.definitions.yaml import LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, Place, Problem


class Definition(BaseModel):
    """Base of every catalogue object: frozen, and an unknown key is a mistake, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


DefinitionType = TypeVar("DefinitionType", bound=Definition)

_WORDS = {"missing": "is missing.", "extra_forbidden": "is not a key Sightline knows here."}


def line_at(document: Any, location: tuple[int | str, ...]) -> int | None:
    """The line of the nearest place in a document that a validation error points to."""
    line: int | None = getattr(document, "line", None)
    here = document
    for step in location:
        if isinstance(here, LineMap) and isinstance(step, str):
            line = here.line_of(step) or line
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
            line = getattr(here, "line", line)
        else:
            break
    return line


def load(
    kind: type[DefinitionType], document: Any, *, file: str, problems: list[Problem], called_here: Mapping[str, str] | None = None
) -> DefinitionType | None:
    """Check a document against a definition; add one problem for each mistake and return None if there was any.

    Args:
        kind: The definition.
        document: What was read from the file.
        file: Its name, for the problems.
        problems: Collects them.
        called_here: For keys that a writer may take from elsewhere, what to write in their place.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            location = detail["loc"]
            name = ".".join(str(step) for step in location) or kind.__name__.lower()
            message = _WORDS.get(detail["type"], f"is wrong: {detail['msg'].removeprefix('Value error, ')}.")
            foreign = detail["type"] == "extra_forbidden" and called_here and called_here.get(str(location[-1]))
            problems.append(Problem(Place(file=file, line=line_at(document, location)), f'"{name}" {message}', foreign or ""))
        return None


def load_list(kind: type[DefinitionType], file: Path) -> dict[str, DefinitionType]:
    """A file that lists definitions of one kind, each under its id.

    Raises:
        CatalogueProblems: With every mistake, its file and its line.
    """
    problems: list[Problem] = []
    document = read_yaml_file(file, problems)
    found = {id: load(kind, entry, file=file.name, problems=problems) for id, entry in (document or {}).items()}
    if problems:
        raise CatalogueProblems(problems)
    return {id: definition for id, definition in found.items() if definition is not None}
