"""Prepare a return at the agency, before anything leaves: check, map, make less exact, prove it, and write one package, or nothing at all.

The order is what makes it safe. The package is written under another name, read back from the disk by the reader that the partnership will
use, searched for what was to stay behind, and only then given its name. Whatever fails on the way, the unfinished file is removed and the
error says so. No workspace is needed.

How-to: docs/how-to/prepare-before-sharing.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from sightline.app.field_tokens import with_field_tokens
from sightline.app.local_counts import count_locally
from sightline.app.package_files import keep, unfinished
from sightline.app.prepared_words import in_plain_words
from sightline.app.receipts import as_json
from sightline.app.submit_return import list_files
from sightline.definitions import mappings
from sightline.definitions.formats import Format, load_format, load_mapping
from sightline.errors import InputRefused, Place, Refused, SightlineError
from sightline.intake import IntakeResult, read_apart, recognise_apart
from sightline.intake.prepared import read_package_apart, source_values_apart
from sightline.linkage.numbers import nhs_number, unique_pupil_number
from sightline.linkage.tokens import TOKEN_RULES
from sightline.model.findings import Finding, NotChecked, Severity
from sightline.model.packages import FileTold, KeyTold, Manifest, TableTold
from sightline.model.periods import Quarter
from sightline.model.tokens import FIELD_TOKENS
from sightline.privacy.inspect import Inside, StillInside, inspect_tables
from sightline.privacy.k_anonymity import k_anonymity
from sightline.privacy.keyed import KeyUnusable, TokenKey, read_key
from sightline.privacy.minimise import Minimised, MinimisingFailed, minimise
from sightline.privacy.proof import OUTCOMES, columns_told, fields_told, places_of
from sightline.privacy.rules import HOW, Decision, Decisions, Rule, SharingMode, decide_rules
from sightline.privacy.search import Searched, what_to_search, words
from sightline.store import file_digest
from sightline.store.packages import MANIFEST, README, TABLES, pack, rows_to_lines, unpack

Progress = Callable[[str, int, int], None]
STEPS = 6
NORMALISE = {"nhs_number": nhs_number, "upn": unique_pupil_number}
DEFAULT_MODE: SharingMode = "pseudonymised"
TOKENS_OF = ("identity_record", FIELD_TOKENS)
FieldTokens = Literal["fields", "composite"]


class ExtractRefused(InputRefused):
    """The extract has findings that block a return; nothing is prepared from it."""

    code = "SL-PRE-001"
    hint = "Mend each and prepare again; `sightline check` shows every finding. Nothing was written."

    def __init__(self, findings: Sequence[Finding], not_checked: Sequence[NotChecked]) -> None:
        self.findings, self.not_checked = tuple(findings), tuple(not_checked)
        blocking = [finding for finding in findings if finding.severity is Severity.BLOCK]
        listing = "".join(f"\n  {one.code} {one.place}: {one.text} {one.hint}" for one in blocking)
        super().__init__(f"The extract cannot be prepared:{listing}\n")


@dataclass(frozen=True)
class Request:
    """What to prepare. ``period`` is the quarter it is for; ``at`` the instant the package says it was made."""

    files: Sequence[Path]
    agency: str
    dataset: str
    period: Quarter
    at: datetime
    format: str | None = None
    mapping: Path | None = None
    mode: SharingMode | None = None
    key_file: Path | None = None
    tokens: FieldTokens | None = None
    """Whether to add tokens of names, dates and homes for linking: of every field, or of several taken together only."""


@dataclass(frozen=True)
class Prepared:
    """What was prepared: the proof, the hash to quote, and where the package lies (None when nothing was to be written)."""

    manifest: Manifest
    sha256: str
    size: int
    package: Path | None
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]

    def as_dict(self) -> dict[str, Any]:
        written = str(self.package) if self.package else None
        return {"sha256": self.sha256, "bytes": self.size, "package": written, "manifest": self.manifest.model_dump(mode="json")}


@dataclass(frozen=True)
class Plan:
    """A request with everything that has to be known before a file is opened."""

    request: Request
    paths: Sequence[Path]
    digests: Sequence[str]
    mapping: Format
    mode: SharingMode
    key: TokenKey | None

    @classmethod
    def of(cls, request: Request) -> Plan:
        paths = list_files(request.files)
        mapping = _mapping_of(request, paths)
        mode = _mode_of(request, mapping.privacy or mappings.Privacy())
        if request.key_file is not None and request.key_file.resolve() in {path.resolve() for path in paths}:
            raise KeyUnusable("The key file lies among the files to prepare.", hint="Keep it in another folder. Nothing was written.")
        return cls(request, paths, [file_digest(path) for path in paths], mapping, mode, _key_of(request, mapping))

    @property
    def privacy(self) -> mappings.Privacy:
        return self.mapping.privacy or mappings.Privacy()

    def digests_now(self) -> list[str]:
        """The hashes of the files as they lie there now, to be compared with ``digests``."""
        return [file_digest(path) for path in self.paths]


@dataclass(frozen=True)
class Work:
    """Everything that is known once rows have been made less exact, and what the finished package is held against."""

    result: IntakeResult
    decisions: Decisions
    minimised: Minimised
    seen: pa.Table
    searched: Searched
    counts_only: bool

    @property
    def held_against(self) -> dict[str, pa.Table]:
        return self.minimised.tables if self.counts_only else dict(self.result.tables)

    @property
    def rules_of_the_package(self) -> Decisions:
        """Counts leave as they were counted; rows by their rules."""
        if not self.counts_only:
            return self.decisions
        return {
            (name, column): Decision(name, column, Rule.KEEP, "a count")
            for name, table in self.minimised.tables.items()
            for column in table.column_names
        }


def prepare(request: Request, *, out: Path, dry_run: bool = False, progress: Progress | None = None) -> Prepared:
    """Prepare a package, or refuse with nothing left behind.

    Args:
        request: What to prepare.
        out: The package to write; beside it ``<out>.sha256`` with the hash to quote.
        dry_run: Do everything, the search of the finished package too, and keep nothing.
        progress: Told what is being done, how many steps are done and how many there are.

    Raises:
        ExtractRefused: If the extract has findings that block.
        RuleNotUnderstood, RuleTooOpen: If the mapping's privacy block cannot be followed.
        KeyUnusable: If a key is needed and there is none.
        MinimisingFailed: If anything goes wrong while rows are made less exact.
        StillInside: If the finished package holds what was to stay behind.
        Refused: If there is a package of that name.
        EnvironmentProblem: If the folder cannot be written.
    """
    tell = _Steps(progress)
    if not dry_run and out.exists():
        raise Refused(
            "There is a package of that name.", place=Place(file=str(out)), hint="Choose another name; a package is never changed."
        )
    plan = Plan.of(request)
    tell("Reading and checking the extract")
    result = read_apart(
        plan.paths, mapping=plan.mapping, period=request.period, agency=request.agency, dataset=request.dataset, progress=progress
    )
    if result.refused:
        raise ExtractRefused(result.findings, result.not_checked)
    if request.tokens:
        result = replace(
            result, tables=with_field_tokens(result.tables, request.agency, plan.key, composite_only=request.tokens == "composite")
        )
    tell("Making it less exact")
    work = made_less_exact(plan, result)
    tell("Writing the proof")
    manifest, content = _package(plan, work)
    if plan.digests_now() != plan.digests:
        raise InputRefused("A file changed while it was being prepared.", hint="Prepare it again when it is whole. Nothing was written.")
    tell("Writing the package")
    with unfinished(out, content) as draft:
        tell("Looking into the finished package")
        _inspect(draft, manifest, work)
        look_for_the_key(draft, plan.key)
        digest = file_digest(draft)
        if digest != hashlib.sha256(content).hexdigest():
            raise MinimisingFailed("The package on the disk is not the one that was made.")
        if not dry_run:
            keep(draft, out, digest)
    tell("Done")
    return Prepared(manifest, digest, len(content), None if dry_run else out, result.findings, result.not_checked)


class _Steps:
    """Counts the steps for whoever shows a bar."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.done = progress, -1

    def __call__(self, doing: str) -> None:
        self.done += 1
        if self.progress:
            self.progress(f"Preparing: {doing.lower()}" if self.done < STEPS - 1 else "Prepared", self.done, STEPS - 1)


def _mapping_of(request: Request, paths: Sequence[Path]) -> Format:
    if request.format is not None and request.mapping is not None:
        raise InputRefused("A format and a mapping were both given.", hint="Give the one that reads these files.")
    return load_mapping(request.mapping) if request.mapping is not None else load_format(request.format or recognise_apart(paths))


def _mode_of(request: Request, privacy: mappings.Privacy) -> SharingMode:
    """The mode asked for, never more open than the one the mapping declares; without either, the one that names nobody."""
    order: list[SharingMode] = ["aggregate_only", "pseudonymised", "record_level"]
    if request.mode and privacy.mode and order.index(request.mode) > order.index(privacy.mode):
        raise Refused(
            f"The mapping says {privacy.mode}, and {request.mode} would share more.",
            hint="Leave --mode out, or change the mapping when the agreement has been changed. Nothing was written.",
        )
    return request.mode or privacy.mode or DEFAULT_MODE


def _key_of(request: Request, mapping: Format) -> TokenKey | None:
    if request.key_file is None:
        return None
    return key_in(request.key_file, ref=mapping.privacy.pseudonymise.key_ref if mapping.privacy else "")


def key_in(file: Path, *, ref: str = "") -> TokenKey:
    """The key in a file.

    Raises:
        KeyUnusable: If it cannot be read, or is none.
    """
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise KeyUnusable("The key file cannot be read.", place=Place(file=file.name)) from None
    return read_key(text, ref=ref)


def made_less_exact(plan: Plan, result: IntakeResult) -> Work:
    """Everything that could let a value through runs here: what fails, fails closed, and no message of a library is passed on."""
    mapping, request, counts_only = plan.mapping, plan.request, plan.mode == "aggregate_only"
    try:
        decisions = decide_rules(mapping.privacy, plan.mode, result.tables)
        if request.tokens and TOKENS_OF in decisions:
            why = f"asked for, to link people without their names; made by token rules {TOKEN_RULES}"
            decisions[TOKENS_OF] = Decision(*TOKENS_OF, Rule.TOKENS, why)
        if counts_only:
            counted = count_locally(result.tables, mapping=mapping, period=request.period, agency=request.agency)
            minimised = Minimised({"aggregate_count": counted}, ())
        else:
            minimised = minimise(result.tables, decisions, agency=request.agency, key=plan.key, normalise=NORMALISE)
        seen = source_values_apart(plan.paths, mapping)
        columns = columns_told(seen, result.mapped, decisions, counts_only=counts_only)
        is_kept = {(one.file, one.sheet, one.column): one.outcome == "kept" for one in columns}
        leaving: set[str] = set()
        staying: set[str] = set()
        for place, value in zip(places_of(seen), seen["value"].to_pylist(), strict=True):
            if value is not None:
                (leaving if is_kept.get(place, False) else staying).add(value)
        searched = what_to_search(result.tables, {} if counts_only else decisions, staying - leaving, _words_of(mapping.model_dump()))
        searched.allow_dates_of(path.name for path in plan.paths)
    except SightlineError:
        raise
    except Exception as problem:
        raise MinimisingFailed(f"Something unexpected happened ({type(problem).__name__}).") from None
    return Work(result, decisions, minimised, seen, searched, counts_only)


def _words_of(part: Any) -> Iterator[str]:
    """Every text of a mapping: its codes and constants are words of the package, whatever somebody is called."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield str(name)
            yield from _words_of(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _words_of(value)


def _package(plan: Plan, work: Work) -> tuple[Manifest, bytes]:
    """The manifest and the bytes of the package; the same request on the same files gives the same bytes."""
    request, mapping, result, key = plan.request, plan.mapping, work.result, plan.key
    tables = work.minimised.tables
    report = None if work.counts_only else k_anonymity(tables, k=plan.privacy.k)
    is_keyed = any(one.outcome == "keyed" for one in fields_told(work.minimised.outcomes))
    manifest = Manifest(
        agency=request.agency,
        dataset=request.dataset,
        period=str(request.period),
        mode=plan.mode,
        mapping=mapping.mapping_version,
        mapping_title=mapping.title,
        sightline=version("sightline"),
        prepared_at=request.at.astimezone(UTC).isoformat(timespec="seconds"),
        key=KeyTold(ref=key.ref, fingerprint=key.fingerprint) if key and is_keyed else None,
        inputs=[
            FileTold(name=path.name, sha256=digest, bytes=path.stat().st_size)
            for path, digest in zip(plan.paths, plan.digests, strict=True)
        ],
        rows_read=result.rows_read,
        rows_kept=result.rows_kept,
        tables=[_table_told(name, table, work) for name, table in sorted(tables.items())],
        columns=columns_told(work.seen, result.mapped, work.decisions, counts_only=work.counts_only),
        fields=fields_told(work.minimised.outcomes),
        findings=[finding.as_dict() for finding in result.findings],
        not_checked=as_json(result.not_checked),
        mapped=as_json(result.mapped),
        k_anonymity=report.as_dict() if report else None,
        looked_for=work.searched.counted(),
        members=[],
    )
    members = [(f"{TABLES}{name}.jsonl", rows_to_lines(table)) for name, table in sorted(tables.items())]
    members = [(README, in_plain_words(manifest).encode()), *members]
    told = [FileTold(name=name, sha256=hashlib.sha256(text).hexdigest(), bytes=len(text)) for name, text in members]
    manifest = Manifest.from_bytes(manifest.model_copy(update={"members": told}).to_bytes())
    return manifest, pack([(MANIFEST, manifest.to_bytes()), *members])


def _table_told(name: str, table: pa.Table, work: Work) -> TableTold:
    before = work.result.tables.get(name)
    rows_before = work.result.rows_kept if work.counts_only else (before.num_rows if before is not None else 0)
    return TableTold(entity=name, rows_before=rows_before, rows_after=table.num_rows)


def _inspect(draft: Path, manifest: Manifest, work: Work) -> None:
    """Read the package back as the partnership will and search it.

    Raises:
        StillInside: If anything is in it that was to stay behind.
    """
    read, tables = read_package_apart(draft)
    found: list[Inside] = []
    if read != manifest:
        found.append(Inside(MANIFEST, "words that the proof does not explain"))
    found += inspect_tables(tables, before=work.held_against, decisions=work.rules_of_the_package, searched=work.searched)
    found += _inspect_words(draft, read, work)
    if found:
        raise StillInside(tuple(found))


def look_for_the_key(draft: Path, key: TokenKey | None) -> None:
    """A package with the key in it would undo every token at once.

    Raises:
        StillInside: If the key is anywhere in it, in hexadecimal or as it is.
    """
    content = draft.read_bytes()
    if key is not None and (key.secret in content or key.secret.hex().encode() in content.lower()):
        raise StillInside((Inside("the package", "the partnership's key"),))


def _inspect_words(draft: Path, read: Manifest, work: Work) -> list[Inside]:
    """Search the proof and the page in plain words, which are about columns and counts and never about anybody.

    What the checks found may quote codes, and intake has masked whatever is no code. It is searched for names and numbers like all else,
    and passed over only where sentences of dropped columns are looked for, since a code may read like one.
    """
    page = unpack(draft.read_bytes())[README].decode("utf-8")
    for one in read.findings:
        page = page.replace(str(one["text"]), "")
    said = read.model_dump(mode="json", exclude={"prepared_at", "members", "inputs", "looked_for"})
    findings = said.pop("findings")
    blank = read.model_copy(update={"columns": [], "fields": [], "tables": [], "inputs": [], "members": []})
    anyway = [*_words_of([findings, said["columns"], said["not_checked"], said["mapped"]]), *(one.name for one in read.inputs)]
    anyway += [
        in_plain_words(blank),
        *work.searched.vocabulary,
        *HOW.values(),
        *(one.why for one in work.decisions.values()),
        *OUTCOMES.values(),
    ]
    known = frozenset(word for text in anyway for word in words(text))
    found: list[Inside] = []
    for where, texts, is_ours in (
        (README, [page], True),
        (MANIFEST, list(_words_of(said)), True),
        (MANIFEST, list(_words_of(findings)), False),
    ):
        kinds = {work.searched.within(text, sentences=is_ours) for text in texts}
        kinds |= {work.searched.names_within(text, said_anyway=known) for text in texts if is_ours}
        found += [Inside(where, kind) for kind in sorted(kind for kind in kinds if kind)]
    names = {work.searched.within(one.name) for one in read.inputs} - {None}
    return found + [Inside("the name of a file", kind) for kind in sorted(kind for kind in names if kind)]
