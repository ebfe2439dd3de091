"""The words of information-sharing agreements: how far figures may travel, how much is shared, what an agreement's life is made of."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

LOCAL_TIME = ZoneInfo("Europe/London")
"""Days of an agreement are days here: one that ends on 31 March holds until midnight, whatever the clocks did that month."""


class Tier(IntEnum):
    """For whom something is: each tier may see what the tiers below it may."""

    COMMUNITY = 1
    STRATEGIC = 2
    OPERATIONAL = 3


class Mode(StrEnum):
    """How much an agency shares: counts only, records without names, or records."""

    AGGREGATE_ONLY = "aggregate_only"
    PSEUDONYMISED = "pseudonymised"
    RECORD_LEVEL = "record_level"


MODES = tuple(Mode)
"""From the least shared to the most."""


class ControllerRole(StrEnum):
    """Who answers for what is shared: all parties together, each for its own, or one for the others."""

    JOINT = "joint"
    INDEPENDENT = "independent"
    PROCESSOR = "processor"


class Onward(StrEnum):
    """Whether a recipient may pass on what it was given."""

    NEVER = "never"
    ASK_OWNER = "ask_owner"
    LISTED = "listed"


class Status(StrEnum):
    """Where an agreement stands at an instant."""

    DRAFT = "draft"
    AGREED = "agreed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What moves an agreement from one status to another; the calendar takes START and EXPIRE, people the others."""

    SIGN = "sign"
    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
