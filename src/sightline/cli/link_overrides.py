"""`sightline link override|events|undo`: what stewards decide about links, what became of people, and undoing it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused
from sightline.model.overrides import EventKind, OverrideKind

override = typer.Typer(name="override", help="Decisions that hold whatever the evidence says.", no_args_is_help=True, rich_markup_mode=None)

ReasonOption = Annotated[str, typer.Option(help="Why; kept with the decision. No personal details.")]
ProtectedOption = Annotated[
    bool,
    typer.Option("--protected", help="Show what others must not know, for whoever keeps these decisions; the audit says that you looked."),
]
_KINDS = {kind.value.replace("_", "-"): kind for kind in OverrideKind}
_NEXT = "Run `sightline link`: until then the links stay as they are."


@override.command()
def add(
    kind: Annotated[str, typer.Argument(help="must-link, cannot-link, or do-not-link (never linked and never shown as possibly linked).")],
    one: Annotated[str, typer.Argument(metavar="AGENCY", help="The agency that knows the first.")],
    other: Annotated[str, typer.Argument(metavar="OTHER_AGENCY", help="The agency that knows the second; may be the same.")],
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide about two people as agencies know them. Their numbers are asked for, or read as two lines from standard input."""
    from sightline.app.override_links import override_links  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    decided = _KINDS.get(kind.replace("_", "-"))
    if decided is None:
        raise InputRefused("That is no kind of override.", hint=f"The kinds are: {', '.join(_KINDS)}.")
    opened = open_workspace(workspace)
    # never as arguments: a shell remembers those, and other users of the machine can read them while the command runs
    numbers = _asked(one, other) if sys.stdin.isatty() else [sys.stdin.readline().rstrip("\n") for _ in range(2)]
    made = override_links(opened, decided, (one, numbers[0]), (other, numbers[1]), reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Override {made.number} is added. {_NEXT}")
    output.result({"override": made.number, "kind": kind})


@override.command()
def withdraw(
    number: Annotated[int, typer.Argument(help="The override, as the list has it.")],
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a decision back; it stays in the list of all."""
    from sightline.app.override_links import withdraw_override  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    withdraw_override(open_workspace(workspace), number, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Override {number} is withdrawn. {_NEXT}")
    output.result({"override": number, "withdrawn": True})


@override.command(name="list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those withdrawn too.")] = False,
    protected: ProtectedOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """List decisions, with keyed ids in place of numbers; those that protect somebody are counted and not shown."""
    from sightline.app.override_links import list_overrides, protected_overrides  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    found = protected_overrides(opened, by=actor(by), at=instant(at)) if protected else list_overrides(opened, withdrawn=every)
    output = Output(as_json)
    output.table(
        ("Override", "Kind", "One", "Other", "Decided", "By", "Why", "Withdrawn"),
        [
            (
                str(each.number),
                each.kind.value.replace("_", "-"),
                each.left,
                each.right,
                f"{each.at:%Y-%m-%d}",
                each.by,
                each.reason,
                f"{each.withdrawn_at:%Y-%m-%d} {each.withdrawn_reason}" if each.withdrawn_at else "",
            )
            for each in found.overrides
        ],
    )
    if not found.overrides:
        output.say("There is no override to show.")
    if found.not_shown:
        output.say(f"{found.not_shown:,} protect somebody and are not shown.")
    output.result({"overrides": [each.as_dict() for each in found.overrides], "not_shown": found.not_shown})


def events(
    linkage: Annotated[int | None, typer.Option(help="The linkage's number (default: the newest).")] = None,
    person: Annotated[str | None, typer.Option(help="A person id: what became of it, over all linkages.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only these: created, merged, absorbed, split, retired, restored.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many to show.")] = 50,
    protected: ProtectedOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what became of person ids at a linkage, and why. Creations are listed when asked for by kind or by person."""
    from sightline.app.link_events import CHANGES, link_events, protected_events  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    kinds = tuple(EventKind) if person else CHANGES
    if protected:
        found = protected_events(opened, by=actor(by), at=instant(at))
    else:
        found = link_events(opened, linkage=linkage, person_id=person, kinds=_kinds(kind) if kind else kinds, most=most)
    output = Output(as_json)
    output.table(
        ("Event", "What", "Person", "Others", "Records", "Why"),
        [
            (
                each.id,
                each.kind,
                each.person_id,
                ", ".join(each.others),
                len(each.identities),
                f"{each.reason}{f' (override {each.override})' if each.override else ''}",
            )
            for each in found.events
        ],
    )
    if found.counts:
        output.say(f"In all: {', '.join(f'{count:,} {name}' for name, count in found.counts.items())}.")
    else:
        output.say("No person id changed.")
    output.result({"events": [each.as_dict() for each in found.events], "counts": found.counts})


def undo(
    event: Annotated[str, typer.Argument(help="The event, as `sightline link events` shows it; for example 12-3.")],
    reason: ReasonOption,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo a merge or a split: the next linkage gives the people of before their ids back, and keeps them so."""
    from sightline.app.link_undo import undo_event  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    done = undo_event(open_workspace(workspace), event, reason=reason, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Event {event} is undone: {len(done.added)} overrides added, {len(done.withdrawn)} withdrawn. {_NEXT}")
    output.result({"event": event, "people": list(done.people), "added": list(done.added), "withdrawn": list(done.withdrawn)})


def _asked(one: str, other: str) -> list[str]:
    return [
        typer.prompt(f"The {place} person's number at {agency}", hide_input=True) for place, agency in (("first", one), ("second", other))
    ]


def _kinds(given: list[str]) -> tuple[EventKind, ...]:
    known = {kind.value: kind for kind in EventKind}
    unknown = [name for name in given if name not in known]
    if unknown:
        raise InputRefused(f'"{unknown[0]}" is no kind of event.', hint=f"The kinds are: {', '.join(known)}.")
    return tuple(known[name] for name in given)
