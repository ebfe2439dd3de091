"""`sightline link review`: sets of pairs for people to decide on. Names are printed only when asked for, with a purpose, on the screen."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused
from sightline.model.reviews import DECISIONS, REASON_WORDS, ReviewDecision, ReviewReason

review = typer.Typer(name="review", help="Pairs of records for two people each to decide on.", no_args_is_help=True, rich_markup_mode=None)

SetArgument = Annotated[int, typer.Argument(metavar="SET", help="The set's number, as the list has it.")]
PairArgument = Annotated[int, typer.Argument(metavar="PAIR", help="The pair's place in the set.")]


@review.command(name="open")
def open_(
    purpose: Annotated[str, typer.Option(help="Why records are looked at; every look is written down with it. No personal details.")],
    pairs: Annotated[int, typer.Option(help="How many to draw so that they stand for all.")] = 200,
    matter_most: Annotated[int, typer.Option(help="How many to add because a mistake in them would change counts most.")] = 50,
    seed: Annotated[int | None, typer.Option(min=0, help="Draw the same pairs again; drawn anew by default.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a set of pairs from the newest linkage."""
    from sightline.app.review_links import open_review  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    drawn = secrets.randbits(63) if seed is None else seed
    opened = open_workspace(workspace)
    made = open_review(opened, purpose=purpose, by=actor(by), at=instant(at), seed=drawn, pairs=pairs, matter_most=matter_most)
    output = Output(as_json)
    output.say(f"Review set {made.number} is open: {made.pairs:,} pairs stand for {made.population:,}. Two people decide on each.")
    output.result(made.as_dict())


@review.command(name="list")
def list_(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """List sets, how far they have come, and how far reviewers agree."""
    from sightline.app.review_links import list_reviews  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    found = list_reviews(open_workspace(workspace))
    output = Output(as_json)
    output.table(
        ("Set", "Opened", "Pairs", "Decided once", "Decided twice", "For a third", "Kappa (95% interval)", "Purpose"),
        [
            (
                each.number,
                f"{each.opened_at:%Y-%m-%d}",
                each.pairs,
                each.decided_once,
                each.decided_twice,
                each.differ,
                each.agreement_words,
                each.purpose,
            )
            for each in found
        ],
    )
    if not found:
        output.say("No review set has been opened.")
    output.result({"sets": [each.as_dict() for each in found]})


@review.command()
def progress(number: SetArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, by: ByOption = None, as_json: JsonOption = False) -> None:
    """Say how far a set has come, and what waits for you."""
    from sightline.app.review_links import review_set  # start-up speed: see the package docstring
    from sightline.app.review_pairs import queue
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    found, mine = review_set(opened, number), queue(opened, number, by=actor(by))
    output = Output(as_json)
    output.say(
        f"Decided twice: {found.decided_twice:,} of {found.pairs:,} pairs; once: {found.decided_once:,}; for a third: {found.differ:,}."
    )
    output.say(f"Agreement beyond chance (kappa): {found.agreement_words}.")
    output.say(f"You decided on {mine.decided:,}; {mine.to_decide:,} wait for you" + (f", pair {mine.next} first." if mine.next else "."))
    output.result({**found.as_dict(), "yours": {"decided": mine.decided, "to_decide": mine.to_decide, "next": mine.next}})


@review.command()
def pair(
    number: SetArgument,
    position: PairArgument,
    show_identifiers: Annotated[
        bool, typer.Option("--show-identifiers", help="Print names, dates and postcodes on the screen; the audit says that you looked.")
    ] = False,
    purpose: Annotated[str, typer.Option(help="Why you look; needed with --show-identifiers.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a pair: whose records they are and how they are alike; what they say only with --show-identifiers and --purpose."""
    from sightline.app.review_pairs import describe_pair, see_pair  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    if show_identifiers and (as_json or not purpose.strip()):
        raise InputRefused(
            "Identifiers are shown on the screen only, and for a purpose.",
            hint="Add --purpose with a few words, and leave --json out.",
        )
    opened = open_workspace(workspace)
    output = Output(as_json)
    if show_identifiers:
        seen = see_pair(opened, number, position, purpose=purpose, by=actor(by), at=instant(at))
        rows = [(line.name, *line.in_text(), line.difference) for line in seen.lines]
        output.table(("", seen.agencies.left, seen.agencies.right, "Compared"), rows)
        return
    found = describe_pair(opened, number, position)
    output.say(f"Pair {found.position} of {found.of}: {found.agencies.left} and {found.agencies.right}.")
    output.say(f"How they are alike: {found.alike or 'nothing was compared'}.")
    output.result({"set": found.review, "pair": found.position, "of": found.of, "alike": found.alike})


@review.command()
def decide(
    number: SetArgument,
    position: PairArgument,
    decision: Annotated[str, typer.Argument(help="same, different or unsure.")],
    reason: Annotated[str, typer.Option(help=f"What weighs most: {', '.join(REASON_WORDS)}.")] = ReviewReason.WHOLE.value,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide on a pair, as one of its two reviewers."""
    from sightline.app import review_pairs  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    if decision not in DECISIONS:
        raise InputRefused("That is no decision.", hint=f"The decisions are: {', '.join(DECISIONS)}.")
    if reason not in REASON_WORDS:
        raise InputRefused("That is no reason.", hint=f"The reasons are: {', '.join(REASON_WORDS)}.")
    chosen = ReviewDecision(decision), ReviewReason(reason)
    review_pairs.decide(open_workspace(workspace), number, position, *chosen, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Taken down: pair {position}, {DECISIONS[chosen[0]].lower()}.")
    output.result({"set": number, "pair": position, "decision": decision, "reason": reason})


@review.command()
def undo(
    number: SetArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take your last decision in a set back, as long as nobody else has decided on the pair."""
    from sightline.app.review_pairs import undo_last  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    open_workspace(workspace)
    position = undo_last(number, by=actor(by), at=instant(at))
    output = Output(as_json)
    output.say(f"Taken back: pair {position} waits for you again.")
    output.result({"set": number, "pair": position})


@review.command()
def accept(
    number: SetArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make overrides of what reviewers agree on and the links do not say; nobody accepts what they decided themselves."""
    from sightline.app.accept_reviews import accept_reviews  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    done = accept_reviews(open_workspace(workspace), number, by=actor(by), at=instant(at))
    output = Output(as_json)
    for sentence in done.sentences():
        output.say(sentence)
    output.result(done.as_dict())
