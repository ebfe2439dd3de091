"""The `sightline` command: one file per command, all over `sightline.app`.

Exit codes: 0 done; 2 the command line is wrong; 3 the input was refused; 4 something named does not exist; 5 the machine stands in the
way; 6 not allowed in the present state; 1 anything unexpected.
"""

from __future__ import annotations

import os
import sys
import warnings

import typer

from sightline.cli import (
    agreements,
    analyses,
    areas,
    as_at,
    attack,
    audit,
    backup,
    break_glass,
    can_share,
    check,
    checklist,
    complaints,
    count,
    database,
    demo,
    doctor,
    drill,
    encrypt,
    erase,
    export_bundle,
    export_table,
    in_common,
    incidents,
    indicators,
    init,
    keys,
    known_totals,
    link,
    map,
    not_disclosed,
    outputs,
    prepare,
    profile,
    profiles,
    publish,
    quality,
    quarantine,
    release,
    report,
    restore,
    retention,
    returns,
    serve,
    storage_key,
    subject_access,
    submit,
    synthesise,
    table,
    users,
    uses,
    withdraw,
)
from sightline.cli.output import Output
from sightline.errors import EnvironmentProblem, ExitCode, SightlineError

app = typer.Typer(
    name="sightline",
    help="Data for intelligence on child exploitation and harm outside the home, across the agencies that each hold a piece of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    demo.demo,
    doctor.doctor,
    synthesise.synthesise,
    init.init,
    check.check,
    prepare.prepare,
    prepare.prepare_key,
    submit.submit,
    withdraw.withdraw,
    returns.returns,
    uses.uses,
    quality.quality,
    as_at.as_at,
    publish.publish,
    count.count,
    release.release,
    table.table,
    attack.attack,
    areas.areas,
    export_table.export_table,
    export_bundle.export_bundle,
    known_totals.known_totals,
    report.report,
    can_share.can_share,
    serve.serve,
    profile.profile,
    backup.backup,
    restore.restore,
    drill.drill,
    quarantine.quarantine,
    encrypt.encrypt,
):
    app.command()(command)

app.add_typer(agreements.agreements)
app.add_typer(analyses.analyses)
app.add_typer(audit.audit)
app.add_typer(in_common.in_common)
app.add_typer(indicators.indicators)
app.add_typer(keys.keys)
app.add_typer(link.link)
app.add_typer(map.mapping)
app.add_typer(outputs.outputs)
app.add_typer(profiles.profiles)
app.add_typer(users.users)
app.add_typer(checklist.checklist)
app.add_typer(database.database)
app.add_typer(storage_key.storage_key)
app.add_typer(erase.erase)
app.add_typer(subject_access.subject_access)
app.add_typer(retention.retention)
app.add_typer(break_glass.break_glass)
app.add_typer(not_disclosed.not_disclosed)
app.add_typer(incidents.incidents)
app.add_typer(complaints.complaints)


def run() -> None:
    """Entry point: every failure becomes one clear message and an exit code, never a traceback."""
    if not os.environ.get("SIGHTLINE_TRACEBACK"):
        warnings.simplefilter("ignore")
    try:
        app()
    except SightlineError as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(int(problem.exit_code)) from None
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing that was accepted is lost.\n")
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our output went away (for example `| head`): not a fault.
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as problem:
        if os.environ.get("SIGHTLINE_TRACEBACK"):
            raise
        where = f" ({problem.filename})" if problem.filename else ""
        sys.stderr.write(
            f"{EnvironmentProblem.code}: The machine refused: {(problem.strerror or type(problem).__name__).lower()}{where}. "
            "Nothing that was accepted is lost. Run `sightline doctor` to see what this machine lacks.\n"
        )
        raise SystemExit(int(ExitCode.ENVIRONMENT)) from None
    except Exception as problem:
        if os.environ.get("SIGHTLINE_TRACEBACK"):
            raise
        from sightline.app.database import as_ledger_problem  # start-up speed: see the package docstring

        if (known := as_ledger_problem(problem)) is not None:
            sys.stderr.write(f"{known}\n")
            raise SystemExit(int(known.exit_code)) from None
        # The text of a foreign exception may quote data, so only its kind and place are said.
        trace = problem.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno}" if trace else "unknown place"  # noqa: PTH119
        Output().errors.print(
            f"SL-GEN-001: Something unexpected happened ({type(problem).__name__} in {where}). Nothing that was accepted is lost. "
            "Run again with SIGHTLINE_TRACEBACK=1 for the details, and report them (check them for personal data first).",
            markup=False,
            soft_wrap=True,
        )
        raise SystemExit(int(ExitCode.UNEXPECTED)) from None
