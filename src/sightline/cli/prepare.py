"""`sightline prepare`: check, map and make less exact at the agency, before anything leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.findings import show_findings
from sightline.cli.options import AtOption, JsonOption, QuietOption, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused
from sightline.model.periods import Quarter

if TYPE_CHECKING:
    from sightline.app.prepare import Request

_MODES = ("record_level", "pseudonymised", "aggregate_only")


def prepare(
    files: Annotated[list[Path], typer.Argument(help="The extract's file or files, or a folder of them.")],
    agency: Annotated[str, typer.Option(help="The agency, by the name the partnership gives it, for example police.")],
    dataset: Annotated[str, typer.Option(help="The dataset, by the name the partnership gives it.")],
    period: Annotated[str, typer.Option(help="Period it is for, as 2026-Q1.")],
    out: Annotated[Path | None, typer.Option(help="The file to write (default: package.zip, or rotation.txt with --rotate).")] = None,
    mapping: Annotated[Path | None, typer.Option(help="The mapping (YAML) that reads the files and says what may leave.")] = None,
    format: Annotated[str | None, typer.Option(help="One of the catalogue's formats; recognised from the files when left out.")] = None,
    mode: Annotated[str | None, typer.Option(help="record_level, pseudonymised or aggregate_only; the mapping's when left out.")] = None,
    key: Annotated[Path | None, typer.Option(help="The partnership's key file, for tokens. It never leaves.")] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Add keyed tokens of names, dates and homes, so that people are linked without any of them.")
    ] = False,
    composite: Annotated[
        bool, typer.Option("--composite-keys", help="Add tokens of several fields taken together only: fewer links, less to guess from.")
    ] = False,
    rotate: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="OLD_KEY NEW_KEY",
            help="Make no package, but the file of old and new tokens of a return sent before, for a change of the key.",
        ),
    ] = None,
    counts: Annotated[bool, typer.Option("--counts", help="Counts only: the same as --mode aggregate_only.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the proof and keep nothing.")] = False,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a package that may leave: checked, mapped, less exact, with a proof of what was dropped. If anything fails, none is made."""
    from sightline.app.prepare import Request, prepare  # start-up speed: see the package docstring
    from sightline.app.prepared_words import singled_out, summary

    if mode is not None and mode not in _MODES:
        raise InputRefused(f'"{mode}" is not a mode.', hint=f"The modes are {', '.join(_MODES)}.")
    if counts and mode not in (None, "aggregate_only"):
        raise InputRefused("--counts and another --mode were both given.", hint="Give one of them.")
    if tokens and composite:
        raise InputRefused("--tokens and --composite-keys were both given.", hint="Give one of them.")
    if (tokens or composite) and (counts or mode == "aggregate_only"):
        raise InputRefused("Tokens were asked for, and only counts are to leave.", hint="Leave out one of the two.")
    if rotate is not None and (key is not None or counts or dry_run):
        raise InputRefused("--rotate was given with --key, --counts or --dry-run.", hint="The two keys after --rotate are all it needs.")
    request = Request(
        files=files,
        agency=agency,
        dataset=dataset,
        period=Quarter.parse(period),
        at=instant(at),
        format=format,
        mapping=mapping,
        mode="aggregate_only" if counts else mode,  # type: ignore[arg-type]  # one of the three, as checked above
        key_file=rotate[0] if rotate else key,
        tokens="fields" if tokens else "composite" if composite else None,
    )
    output = Output(as_json, quiet)
    if rotate is not None:
        _rotate(request, rotate[1], out=out, output=output)
        return
    with output.progress() as progress:
        made = prepare(request, out=out or Path("package.zip"), dry_run=dry_run, progress=progress)
    show_findings(output, made.findings, made.not_checked)
    for line in (*summary(made.manifest), *singled_out(made.manifest.k_anonymity)):
        output.say(line)
    searched = sum(made.manifest.looked_for.values())
    output.say(f"The finished package was searched for {searched:,} values that stay behind; none is in it.")
    output.say(f"sha256 {made.sha256}")
    where = f"Wrote {made.package} and {made.package.name}.sha256." if made.package else "Nothing was written."
    output.say(f"{where} Quote the sha256 when you send it.")
    output.result(made.as_dict())


def _rotate(request: Request, new_key: Path, *, out: Path | None, output: Output) -> None:
    """Make the file of pairs in place of a package."""
    from sightline.app.make_rotation import make_rotation  # start-up speed: see the package docstring

    with output.progress() as progress:
        made = make_rotation(request, new_key, out=out or Path("rotation.txt"), progress=progress)
    told = made.rotation
    output.say(f"{len(told.pairs):,} tokens of key {told.old_key} are paired with those of key {told.new_key}; nothing else is in it.")
    output.say(f"sha256 {made.sha256}")
    output.say(f"Wrote {made.file} and {made.file.name}.sha256. The partnership takes it in with `sightline keys rotate`.")
    output.result(made.as_dict())


def prepare_key(
    out: Annotated[Path, typer.Argument(help="The key file to write; it must not exist.")],
    as_json: JsonOption = False,
) -> None:
    """Make the partnership's key for tokens. One agency makes it and hands it to the others; the partnership's server never has it."""
    from sightline.app.prepare_key import write_key  # start-up speed: see the package docstring

    fingerprint = write_key(out)
    output = Output(as_json)
    output.say(f"Wrote a new key to {out} (id {fingerprint}). Hand it over in person or sealed, never by e-mail, and keep a copy.")
    output.result({"file": str(out), "fingerprint": fingerprint})
