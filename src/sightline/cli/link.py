"""`sightline link`: link people across agencies. What else can be done with links stands in modules of its own (`link_…`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli import link_overrides, link_quality, link_review
from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, ByOption, JsonOption, QuietOption, WorkspaceOption, actor, instant
from sightline.cli.output import Output
from sightline.errors import InputRefused

link = typer.Typer(name="link", invoke_without_command=True, rich_markup_mode=None)


link.add_typer(link_overrides.override)
link.add_typer(link_review.review)
link.command()(link_overrides.events)
link.command()(link_overrides.undo)
link.command()(link_quality.quality)
link.command()(link_quality.calibrate)
link.command()(link_quality.statement)


@link.callback()
def run(
    context: typer.Context,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    evaluate: Annotated[
        Path | None, typer.Option(help="Folder with the truth of an invented partnership: print how right the links are.")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            min=0.5, max=0.9999, help="The share of links that should be right, such as 0.99; without it the model's own cut holds."
        ),
    ] = None,
    by: ByOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Link identity records to people; ids stay the same when a new quarter arrives."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    from sightline.app.link_people import evaluate_links, link_people  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    output = Output(as_json, quiet)
    opened = open_workspace(workspace)
    with output.progress() as progress:
        linked = link_people(opened, by=actor(by), at=instant(at), progress=progress, precision=precision)
    done = linked.linkage
    output.say(f"{done.identities:,} identities belong to {done.people:,} people.")
    if done.adults or done.age_not_known:
        output.say(
            f"{done.adults:,} of them were adults before the first quarter ({done.adults_told_of_harm:,} told of as causing harm or as"
            f" associates) and were linked to no child; {done.age_not_known:,} so told of have no known age and were linked to nobody."
        )
    for why, returns, what_to_do in linked.left_out_because:
        output.say(
            f"Left out of linking, because {why}: {', '.join(map(str, returns))}. Everybody they tell of counts as a person of their own"
            f" until then. {what_to_do}"
        )
    for agency, why in done.not_comparable.items():
        output.say(
            f"Nobody told of by {agency} was linked: {why}. Mend its return and submit it again; then run `sightline publish` and"
            " `sightline link`."
        )
    if done.precision_expected is not None:
        output.say(f"Of the pairs linked, {done.precision_expected:.2%} are expected to be right.")
    if done.groups_too_large:
        output.say(
            f"{done.groups_too_large:,} groups of records were too large to be one person and were linked by stronger evidence only;"
            f" {done.left_alone:,} records in them were linked to nobody. Look for one number or name given to many."
        )
    if linked.places.written:
        several = linked.places
        output.say(
            f"{several.written:,} ways of writing an address mean {several.places:,} places; {several.shared:,} have more residents than"
            f" a family, {several.not_told_apart:,} addresses fit several places and were left alone."
        )
    if linked.is_new and done.changes.moved:
        asked = f", {done.changes.asked:,} of them because a steward decided so" if done.changes.asked else ""
        output.say(f"{done.changes.moved:,} identities known before belong to another person id{asked}; see `sightline link events`.")
    if done.overrides_waiting:
        output.say(f"{done.overrides_waiting:,} overrides wait: they name a record that no return here holds.")
    if evaluate is None:
        output.result(linked.as_dict())
        return
    judged = evaluate_links(opened, evaluate)
    whole = judged.overall
    output.say(f"Against the truth, pair by pair: precision {whole.precision:.4f}, recall {whole.recall:.4f}, F1 {whole.f1:.4f}.")
    output.table(
        ("Agencies", "True pairs", "Precision", "Recall"),
        [
            (f"{one} and {other}", score.true, f"{score.precision:.3f}", f"{score.recall:.3f}")
            for (one, other), score in judged.by_agencies.items()
        ],
    )
    output.table(
        ("Ethnicity", "True pairs", "Precision", "Recall"),
        [(group, score.true, f"{score.precision:.3f}", f"{score.recall:.3f}") for group, score in judged.by_ethnicity.items()],
    )
    output.say(f"Twins both seen: {judged.twins:,} pairs, {judged.twins_merged:,} of them taken for one person.")
    output.result(
        {
            **linked.as_dict(),
            "evaluation": {
                "precision": whole.precision,
                "recall": whole.recall,
                "f1": whole.f1,
                "true_pairs": whole.true,
                "twins": judged.twins,
                "twins_merged": judged.twins_merged,
            },
        }
    )


def _refuse_options_before(context: typer.Context) -> None:
    """Options of the run mean nothing to a subcommand; taken in silence, they would let it work on another workspace than was named.

    Raises:
        InputRefused: If any stands before the subcommand's name.
    """
    given = [name for name in context.params if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"]
    if given:
        raise InputRefused(
            "Options stand before the subcommand's name.", hint=f"Write them after it: sightline link {context.invoked_subcommand} …"
        )
