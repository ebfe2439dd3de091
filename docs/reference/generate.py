"""Write the reference pages that are made from the code: errors, commands and the causes of findings.

python docs/reference/generate.py          # write them
python docs/reference/generate.py --check  # say whether they are up to date (exit code 1 when not)
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import typer

import sightline
from sightline.errors import SightlineError
from sightline.model.findings import BLOCK_WORDS

HERE = Path(__file__).parent
_SKIP = re.compile(r"\.(migrations|wsgi|settings|urls|views)(\.|$)")


def every_error() -> list[type[SightlineError]]:
    """Every error class of the product, in order of id."""
    for module in walk_packages(sightline.__path__, "sightline."):
        if not _SKIP.search(module.name):
            import_module(module.name)

    def below(kind: type[SightlineError]) -> Iterator[type[SightlineError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return sorted({SightlineError, *below(SightlineError)}, key=lambda kind: kind.code)


def errors_page() -> str:
    """Each error: its id, what it means, what to do, the exit code of the command."""
    rows = [f"| `{kind.code}` | {first_line(kind.__doc__)} | {kind.hint} | {int(kind.exit_code)} |" for kind in every_error()]
    return "\n".join(
        [
            "# Errors",
            "",
            "Written by `docs/reference/generate.py` from the code. Findings of intake (`SL-INT-0…` in a list of findings) are in",
            "[findings](findings.md).",
            "",
            "| id | what happened | what to do | exit code |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def commands_page() -> str:
    """Each command with its own help."""
    from sightline.cli.main import app  # after errors_page has imported everything else

    group = typer.main.get_command(app)
    parts = ["# Commands", "", "Written by `docs/reference/generate.py` from the code. `sightline COMMAND --help` says the same.", ""]
    for name, command in each_command(group):
        parts += [f"## sightline {name}", "", command.help or "", "", "| option | meaning |", "|---|---|"]
        for parameter in command.params:
            names = (
                ", ".join(f"`{option}`" for option in parameter.opts)
                if parameter.opts[0].startswith("-")
                else f"`{parameter.name.upper()}`"
            )
            parts.append(f"| {names} | {getattr(parameter, 'help', None) or ''} |")
        parts.append("")
    return "\n".join(parts)


def findings_page() -> str:
    """The page of findings as it is, with its table of causes made anew."""
    from sightline.intake.causes import CAUSES  # after errors_page has imported everything else

    rows = [
        f"| `{code}` | {cause.severity} | {cause.text} | {cause.hint} | {', '.join(BLOCK_WORDS[what] for what in cause.blocks)} |"
        for code, cause in sorted(CAUSES.items())
    ]
    words, _, _ = (HERE / "findings.md").read_text(encoding="utf-8").partition("| id |")
    return "\n".join([words + "| id | severity | what it says | what to do | blocks |", "|---|---|---|---|---|", *rows, ""])


def each_command(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its whole name, those of groups too."""
    for name, command in sorted(getattr(group, "commands", {}).items()):
        if getattr(command, "invoke_without_command", False):
            yield before + name, command
        if getattr(command, "commands", None):
            yield from each_command(command, f"{before}{name} ")
        elif not getattr(command, "invoke_without_command", False):
            yield before + name, command


def mapping_schema_page() -> str:
    """The mapping language as a JSON Schema."""
    from sightline.app.mappings import mapping_schema  # after errors_page has imported everything else

    return json.dumps(mapping_schema(), indent=2, sort_keys=True) + "\n"


def openapi_page() -> str:
    """What programs can ask of the pages."""
    from sightline.web.openapi import describe  # after errors_page has imported everything else

    return json.dumps(describe(), indent=1, ensure_ascii=False) + "\n"


def first_line(text: str | None) -> str:
    """The first sentence of a docstring."""
    return (text or "").strip().splitlines()[0] if text else ""


def main() -> int:
    """Write or check the pages; 1 when a check finds a stale one."""
    stale = []
    for name, page in (
        ("errors.md", errors_page()),
        ("commands.md", commands_page()),
        ("findings.md", findings_page()),
        ("mapping.schema.json", mapping_schema_page()),
        ("openapi.json", openapi_page()),
    ):
        path = HERE / name
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(page, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"Stale: {', '.join(stale)}. Run python docs/reference/generate.py and commit what it writes.\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
