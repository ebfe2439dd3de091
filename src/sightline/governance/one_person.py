"""The part of `decide` that is about one person: what is not disclosed, and whether an emergency opened their records to who asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sightline.governance.decisions import Action, Principal, Reason, Resource
from sightline.governance.subjects import is_withheld

WHO_SOMEBODY_IS = "identity_record"
"""The entity whose columns name a person."""
_OF_ONE_PERSON = frozenset({Action.BREAK_GLASS, Action.SUBJECT_ACCESS})


def of_subject(principal: Principal, action: Action, resource: Resource, fields: Collection[str], at: datetime) -> tuple[Reason, ...]:
    """Why somebody may not see what an agency holds of the person that they ask about; nothing where nothing stands against it.

    Args:
        principal: Who asks; ``name`` is the name they sign in by.
        action: What is to be done. An answer to the person themselves needs no emergency; everything else does.
        resource: Whose records, of which person.
        fields: The columns asked for.
        at: The instant.
    """
    subject = resource.subject
    if subject is None:
        return (_no_person(),) if action in _OF_ONE_PERSON else ()
    if is_withheld(subject.not_disclosed, resource.agency, at):
        return (_withheld(),)
    if action is Action.SUBJECT_ACCESS:
        return ()
    glass = subject.glass
    if glass is None or glass.by != principal.name or glass.subject != subject.token or not glass.is_open(at):
        return (_not_open(),)
    names_them = any(field.partition(".")[0] == WHO_SOMEBODY_IS for field in fields)
    return (_names_of_another(),) if names_them and resource.agency != principal.agency else ()


def _no_person() -> Reason:
    return Reason("This is asked of one person, and none is named.", "the request", "Name the person.", "no person named")


def _withheld() -> Reason:
    what = "What is held here of this person is not to be disclosed."
    return Reason(what, "the register of what is not disclosed", "Ask a data protection officer.", "not disclosed")


def _not_open() -> Reason:
    what = "This person's records are not open to who asks, or not any more."
    return Reason(what, "the register of emergencies", "Say what the emergency is, for this one person.", "not open")


def _names_of_another() -> Reason:
    what = "What another agency knows of who somebody is stays with that agency."
    return Reason(what, "the rules of an emergency", "Ask that agency.", "stays with the agency")
