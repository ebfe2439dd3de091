"""Tokens made by other rules than those of this version: refused at the door, and left out of linking where they are here already.

A later version of Sightline may read some name, date or address otherwise, and give it another token (`linkage.tokens.TOKEN_RULES`).
Compared with one another, the two would find most people and quietly miss the rest; so they never are.

Method page: docs/methods/privacy-modes.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

import pyarrow as pa

from sightline.app.publish_generation import GenerationSummary
from sightline.app.tables import token_rules_told
from sightline.app.token_epochs import LeftOut
from sightline.app.workspace import Workspace
from sightline.engine import Engine
from sightline.errors import InputRefused, Place
from sightline.intake.prepared import PackageRefused
from sightline.ledger.models import ReturnVersion
from sightline.ledger.token_keys import keys_of
from sightline.linkage.tokens import TOKEN_RULES
from sightline.model.tokens import FIELD_TOKENS, is_field_tokens, rules_of

HOW_TO_PREPARE_AGAIN = (
    "Let each agency prepare these returns again from the same extracts with the version of Sightline that the partnership has"
    f" (token rules {TOKEN_RULES}), submit them, and run `sightline publish` and `sightline link`."
)
"""What to do about returns that are left out because of the rules of their tokens."""


class TokenRulesDiffer(InputRefused):
    """A package's tokens for linking were made by other rules than those of this version, so that no other agency's fit them."""

    code = "SL-LNK-014"
    hint = "Nothing was stored, and the agency's earlier returns stay as they were."


def check_tokens(tables: Mapping[str, pa.Table], sender: str, place: Place) -> None:
    """Refuse a package whose tokens for linking could not be compared with others', or are none.

    Args:
        tables: What it holds.
        sender: The agency's name, for the message.
        place: The package.

    Raises:
        TokenRulesDiffer: If they were made by other rules.
        PackageRefused: If they are not written as tokens are: anything could hide in them.
    """
    records = tables.get("identity_record")
    if records is None or FIELD_TOKENS not in records.column_names:
        return
    told = records.column(FIELD_TOKENS).drop_null().unique().to_pylist()
    others = sorted({rules_of(text) for text in told} - {TOKEN_RULES}, key=int)
    if others:
        raise TokenRulesDiffer(_made_by_others(sender, others), place=place)
    if not all(map(is_field_tokens, told)):
        raise PackageRefused("This is not a package as Sightline makes them: its tokens for linking are not tokens.", place=place)


def left_out_by_rules(workspace: Workspace, generation: GenerationSummary, engine: Engine) -> list[LeftOut]:
    """The returns of a generation whose tokens were made by other rules than those of this version."""
    others = {id: rules for id, rules in token_rules_told(workspace, generation, engine) if rules != TOKEN_RULES}
    keys = keys_of(others)
    versions = ReturnVersion.objects.in_bulk(list(others))
    return [
        LeftOut(id, versions[id].agency, versions[id].dataset, versions[id].period, keys.get(id, ""), is_lost=False, rules=rules)
        for id, rules in sorted(others.items())
    ]


def _made_by_others(sender: str, others: list[str]) -> str:
    ours = f"token rules {TOKEN_RULES} (Sightline {version('sightline')})"
    made = f"{sender} made the tokens of this package by rules {' and '.join(others)}, and this partnership compares tokens by {ours}"
    if int(others[-1]) > int(TOKEN_RULES):
        return (
            f"{made}, which are older: the same name could have another token. Let the partnership be brought to the agency's version, or"
            " the agency prepare the package again with the partnership's."
        )
    return f"{made}: the same name could have another token. Let the agency prepare the package again with the partnership's version."
