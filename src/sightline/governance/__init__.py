"""What agreements allow: how they stand at an instant, and one decision on every use. Rules only; the registry keeps what happened."""

from sightline.governance.decide import decide
from sightline.governance.decisions import RULES, Action, Allow, Deny, Obligation, Principal, Reason, Resource, agreed_fields, finest
from sightline.governance.standing import Happened, Signature, Standing, StepNotPossible, check_step, due, newest_of_each

__all__ = [
    "RULES",
    "Action",
    "Allow",
    "Deny",
    "Happened",
    "Obligation",
    "Principal",
    "Reason",
    "Resource",
    "Signature",
    "Standing",
    "StepNotPossible",
    "agreed_fields",
    "check_step",
    "decide",
    "due",
    "finest",
    "newest_of_each",
]
