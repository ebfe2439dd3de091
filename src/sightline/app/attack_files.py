"""Write the report of an attack to a file that the user named: a page for people, or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from sightline.app.attack_release import AttackReport
from sightline.app.report_files import check_formats, write_files
from sightline.publish.attack_report import FORMAT, attack_report
from sightline.publish.write_html import write_html


def attack_json(report: AttackReport) -> bytes:
    """The report as it is kept and exchanged; the same attack gives the same bytes."""
    return json.dumps({"format": FORMAT, **report.as_dict()}, ensure_ascii=False, indent=1, sort_keys=True).encode()


_WRITERS: dict[str, Callable[[AttackReport], bytes]] = {
    "html": lambda report: write_html(attack_report(report.as_dict())),
    "json": attack_json,
}


def kind_of_attack_report(path: Path) -> str:
    """The form a file's name asks for.

    Raises:
        InputRefused: If there is no such form.
    """
    (kind,) = check_formats([path.suffix.removeprefix(".")], _WRITERS)
    return kind


def write_attack_report(report: AttackReport, path: Path) -> Path:
    """Write the report under a name that ends in .html or .json.

    Raises:
        InputRefused: If the name ends otherwise.
        EnvironmentProblem: If it cannot be written.
    """
    (written,) = write_files(path.parent, {path.name: _WRITERS[kind_of_attack_report(path)](report)})
    return written
