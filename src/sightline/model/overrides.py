"""The words of stewards' decisions about links, and of what becomes of people from one linkage to the next."""

from __future__ import annotations

from enum import StrEnum


class OverrideKind(StrEnum):
    """What a steward may decide about two identities."""

    MUST_LINK = "must_link"
    """They are one person, whatever the evidence says."""
    CANNOT_LINK = "cannot_link"
    """They are two people, whatever the evidence says; that they look alike may be known."""
    DO_NOT_LINK = "do_not_link"
    """They are never linked, and nothing shows that they might be: a former identity of somebody adopted or protected."""


class EventKind(StrEnum):
    """What may become of a person id."""

    CREATED = "created"
    MERGED = "merged"
    """Took in other people and kept the id."""
    ABSORBED = "absorbed"
    """Became part of another; the id is borne by nobody."""
    SPLIT = "split"
    """Lost identities to another person and kept the id."""
    RETIRED = "retired"
    """None of the identities is in any return now, or the id was given up to protect somebody."""
    RESTORED = "restored"
    """Borne again by those who bore it before."""


class EventReason(StrEnum):
    """Why it happened; the words stand in `REASONS`."""

    NEW = "new"
    PARTED = "parted"
    NEW_RECORD = "new_record"
    GONE_RECORD = "gone_record"
    CHANGED_RECORDS = "changed_records"
    ANOTHER_MODEL = "another_model"
    MUST_LINK = "must_link"
    CANNOT_LINK = "cannot_link"
    LIFTED = "lifted"
    UNDONE = "undone"
    NOT_LINKED = "not_linked"
    NO_RECORD = "no_record"
    BACK = "back"


REASONS: dict[EventReason, str] = {
    EventReason.NEW: "None of their records was in an earlier linkage.",
    EventReason.PARTED: "Their records were another person's until now.",
    EventReason.NEW_RECORD: "A record that is new since the last linkage changed what belongs together.",
    EventReason.GONE_RECORD: "A record that held them together is in no return any more.",
    EventReason.CHANGED_RECORDS: "What agencies say of these records, or how common a name is, has changed.",
    EventReason.ANOTHER_MODEL: "The last linkage was made with another version of the model.",
    EventReason.MUST_LINK: "A steward decided that they are one person.",
    EventReason.CANNOT_LINK: "A steward decided that they are not one person.",
    EventReason.LIFTED: "A steward withdrew the decision that kept it as it was.",
    EventReason.UNDONE: "A steward undid an earlier change.",
    EventReason.NOT_LINKED: "A steward decided that two identities are not to be linked.",
    EventReason.NO_RECORD: "None of their records is in any return now.",
    EventReason.BACK: "Their records are in a return again.",
}
