"""The public profile of any English local authority, on the first day and with no agreement: from tables that anybody may download.

The product brings none of these files: the user names a folder. Tables are recognised by their columns, whatever the files are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from sightline.app.report_files import check_formats, write_files
from sightline.definitions.published import load_published
from sightline.errors import InputRefused, NotFound, Place
from sightline.publish.profile import Profile, Publication, build_profile
from sightline.publish.profile_json import profile_json
from sightline.publish.profile_report import key_lines, profile_report
from sightline.publish.published_tables import WHERE_PUBLISHED, Area, Table, areas_of, header_of, read_table, recognise, simple_name
from sightline.publish.write_html import write_html, write_pages
from sightline.publish.write_pdf import write_pdf

FORMATS = ("html", "pdf", "json", "pages")
_NAMES_OFFERED = 5


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """What was made: the area, its region, the last year, the key figures in words, and the files written."""

    area: str
    region: str
    latest_year: int
    key_figures: tuple[str, ...]
    files: tuple[Path, ...]

    def lines(self) -> list[str]:
        """The summary as a person reads it."""
        return [f"{self.area} ({self.region}), year to 31 March {self.latest_year}", *(f"  {line}" for line in self.key_figures)]

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON has it."""
        return {
            "area": self.area,
            "region": self.region,
            "latest_year": self.latest_year,
            "key_figures": list(self.key_figures),
            "files": [str(file) for file in self.files],
        }


@dataclass(frozen=True)
class PublishedFolder:
    """The tables of one folder, read once, for as many profiles as are wanted."""

    publication: Publication

    @cached_property
    def areas(self) -> list[Area]:
        return areas_of(self.publication.tables["factors"])

    def area(self, name: str) -> Area:
        """The local authority a person means: by name (however "and", "City of" or "Council" are written) or by its code.

        Raises:
            NotFound: If there is none, with the names nearest to it.
        """
        wanted = simple_name(name)
        for area in self.areas:
            if wanted == simple_name(area.name) or name.strip().casefold() == area.code.casefold():
                return area
        names = [area.name for area in self.areas]
        near = process.extract(wanted, names, scorer=fuzz.WRatio, processor=simple_name, limit=_NAMES_OFFERED, score_cutoff=50)
        offer = f"Nearest names: {'; '.join(found for found, *_ in near)}." if near else "Use the name of an English local authority."
        raise NotFound(f'The published tables have no local authority "{name}".', hint=offer)

    def profile(self, name: str) -> Profile:
        """The profile of one area; raises as `area` does."""
        return build_profile(self.publication, self.area(name))


def read_published(source: Path) -> PublishedFolder:
    """Find and read the published tables in a folder and the folders inside it.

    Where two files hold the same table, the one that reaches furthest is used.

    Raises:
        InputRefused: If it is no folder, a table is missing, or a file is not as published.
    """
    if not source.is_dir():
        what = "is a file, not a folder" if source.exists() else "does not exist"
        raise InputRefused(f"The folder with published tables {what}.", place=Place(file=str(source)), hint=WHERE_PUBLISHED)
    catalogue = load_published()
    tables: dict[str, Table] = {}
    for path in sorted(source.rglob("*.csv")):
        content = _read(path)
        definition = recognise(header_of(content), catalogue)
        if definition is not None:
            table = read_table(content, file=path.name, definition=definition, catalogue=catalogue)
            if definition.id not in tables or table.years[-1] > tables[definition.id].years[-1]:
                tables[definition.id] = table
    missing = [table for table in catalogue.tables if table.id not in tables and not table.optional]
    if missing:
        names = "; ".join(f'"{table.title}" ({table.publication})' for table in missing)
        raise InputRefused(
            f"{len(missing)} of the tables that a profile needs {'is' if len(missing) == 1 else 'are'} not in the folder: {names}.",
            place=Place(file=str(source)),
            hint=f"Tables are recognised by their columns, not by file names. {WHERE_PUBLISHED}",
        )
    in_order = {table.id: tables[table.id] for table in catalogue.tables if table.id in tables}
    return PublishedFolder(Publication(in_order, catalogue))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputRefused(f"A file cannot be read: {problem.strerror}.", place=Place(file=str(path))) from problem


def public_profile(source: Path, area: str, *, out: Path, formats: Sequence[str] = ("html", "pdf")) -> ProfileSummary:
    """Build the public profile of one area and write it.

    Args:
        source: Folder with the published CSV files.
        area: Name or code of an English local authority.
        out: Folder to write to.
        formats: ``html`` (one file), ``pages`` (a folder of pages), ``pdf``, ``json``.

    Raises:
        InputRefused: If the folder, a table or a format is not as it should be.
        NotFound: If there is no such area.
        EnvironmentProblem: If the folder cannot be written.
    """
    chosen = check_formats(formats, FORMATS)
    profile = read_published(source).profile(area)
    written = write_files(out, _contents(profile, chosen))
    return ProfileSummary(profile.area.name, profile.area.region, profile.latest_year, tuple(key_lines(profile)), tuple(written))


def _contents(profile: Profile, formats: Sequence[str]) -> dict[str, bytes]:
    name = f"profile-{simple_name(profile.area.name).replace(' ', '-')}-{profile.latest_year}"
    document = profile_report(profile)
    contents: dict[str, bytes] = {}
    for format in formats:
        match format:
            case "html":
                contents[f"{name}.html"] = write_html(document)
            case "pdf":
                contents[f"{name}.pdf"] = write_pdf(document)
            case "json":
                contents[f"{name}.json"] = profile_json(profile)
            case _:
                contents |= {f"{name}/{page}": content for page, content in write_pages(document).items()}
    return contents
