"""The linkage that holds now, judged and counted by the very model that made it: links of another version have to be made again first."""

from __future__ import annotations

from sightline.app.publish_generation import GenerationSummary, current_generation
from sightline.app.workspace import Workspace
from sightline.definitions.linkage import linkage_model
from sightline.errors import NotFound
from sightline.ledger.calibrations import calibrated_models
from sightline.ledger.linkages import latest_linkage
from sightline.ledger.models import Linkage

LINK_AGAIN = "Run `sightline link`: people keep their ids."


def current_linkage(workspace: Workspace) -> tuple[GenerationSummary, Linkage]:
    """The linkage that holds for the current generation.

    Raises:
        NotFound: If there is none, or it was made before its pairs were kept, or by another version of the model.
    """
    generation = current_generation(workspace)
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    if linkage is None or not linkage.pairs:
        raise NotFound("The people of the current generation are not linked yet.", hint="Run `sightline link` first.")
    other = made_by_another_model(linkage)
    if other is not None:
        raise NotFound(other, hint=LINK_AGAIN)
    return generation, linkage


def made_by_another_model(linkage: Linkage) -> str | None:
    """What to say of links that another version of the model made than this one's; None where this one did.

    What such links are worth is reckoned from the model's own weights, which are not those that made them.
    """
    model = linkage_model()
    ours, theirs = f"{model.id} {model.version}", str(linkage.summary.get("model", ""))
    if theirs in ("", ours) or theirs.startswith(f"{ours} "):
        return None
    return f"The people of the current generation were linked by another version of the linkage model ({theirs}) than this one's ({ours})."


def reviewed_for_another_model(model: str) -> str:
    """What to say where reviewers looked at links of other models than the one that links now; empty where there is nothing to say."""
    known = calibrated_models()
    if not known or model in known:
        return ""
    return (
        f"What reviewers found was about links of another model ({', '.join(known)}) and is not used: the probabilities of {model} are its"
        " own until pairs of these links are reviewed (`sightline link review`, then `sightline link calibrate`)."
    )
