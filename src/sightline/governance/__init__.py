"""What agreements allow: how they stand at an instant, and one decision on every use. Rules only; the registry keeps what happened."""

from sightline.governance.decide import decide
from sightline.governance.decisions import RULES, Action, Allow, Deny, Obligation, Principal, Reason, Resource, agreed_fields, finest
from sightline.governance.standing import Happened, Quarantined, Signature, Standing, StepNotPossible, check_step, due, newest_of_each
from sightline.governance.subjects import Glass, NotDisclosed, Subject, is_withheld

__all__ = [
    "RULES",
    "Action",
    "Allow",
    "Deny",
    "Glass",
    "Happened",
    "NotDisclosed",
    "Obligation",
    "Principal",
    "Quarantined",
    "Reason",
    "Resource",
    "Signature",
    "Standing",
    "StepNotPossible",
    "Subject",
    "agreed_fields",
    "check_step",
    "decide",
    "due",
    "finest",
    "is_withheld",
    "newest_of_each",
]
