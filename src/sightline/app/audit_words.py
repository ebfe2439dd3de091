"""An event of the audit as one sentence in plain English, for a data protection officer who did not write this program.

``{object}`` is what the event is about, and any other name one of its details. Every action that Sightline records has its words here;
a test holds that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.app.roles import Role

WORDS: dict[str, str] = {
    "workspace_created": "made the workspace of {object}",
    "restore_drilled": "tried restoring backup {object}: {objects} objects in {seconds} seconds",
    "workspace_restored": "restored the workspace from backup {object}",
    "user_added": "gave {object} a sign-in as {role}",
    "sign_in_limited": "wrote down of {object} that {told}",
    "signed_in": "signed in",
    "signed_out": "signed out",
    "sign_in_failed": "was refused at the sign-in page",
    "page_read": "read the page {object}",
    "user_waits": "was named by {provider} and waits to be let in as {object}",
    "sign_in_role_differs": "was refused at sign-in: {provider} does not name them as what they are here",
    "purpose_chosen": "said what they read for: {purpose}",
    "session_ended": "was signed out by the limit of a session ({why})",
    "second_factor_added": "set up {object} as a second factor",
    "second_factor_removed": "removed {object}, a second factor",
    "second_factor_reset": "took the second factors of {object} away, saying why: {reason}",
    "recovery_codes_made": "made new recovery codes",
    "recovery_code_used": "signed in with a recovery code and has {left} left",
    "sessions_ended": "ended every session of {object}, saying why: {reason}",
    "password_changed": "chose a new password for {object}, which ended every other session",
    "page_held_back": "asked for the page {object} and was led to something else that comes first",
    "page_refused": "asked for the page {object}, which this role is not given, and was refused",
    "page_not_there": "asked for the page {object}, which does not exist",
    "form_sent": "sent the form of the page {object}",
    "file_taken": "downloaded {object}",
    "audit_exported": "took {object} out of the audit, saying why: {reason}",
    "audit_head_signed": "signed the end of the audit at event {object}",
    "return_received": "submitted {return}",
    "return_validated": "had {return} checked",
    "return_accepted": "had {return} accepted",
    "return_superseded": "replaced {return}",
    "return_quarantined": "had {return} set aside",
    "return_erased": "had {return} erased",
    "return_withdrawn": "withdrew {return}, saying why: {reason}",
    "return_goes_on": "had {return} made of {before}, without one person's rows",
    "return_refused": "sent {object}, which was refused; nothing was stored",
    "token_key_registered": "registered {object}, in use from {from}; it retires {retires}",
    "token_key_destroyed": "wrote down that every copy of {object} was destroyed, saying why: {reason}",
    "token_rotation_taken": "had {pairs} tokens of {return} read under key {new_key} instead of {old_key}",
    "token_rotation_refused": "sent a rotation file for {object}, which was refused: {why}",
    "generation_published": "published generation {object} of {returns} returns",
    "release_made": "made release {object}",
    "rounding_key_replaced": "declared {object} lost and had another one taken, saying why: {reason}",
    "report_made": "made the board report of {object}",
    "people_linked": "linked people over {object}",
    "link_calibrated": "calibrated the linking of people ({object})",
    "link_override_added": "decided about two records for good ({object})",
    "link_override_withdrawn": "took a decision about two records back ({object})",
    "link_event_undone": "undid {object} of the linking of people",
    "link_review_opened": "drew {pairs} pairs of records for review ({object})",
    "link_review_pair_seen": "looked at {object}, for: {purpose}",
    "link_review_decided": "decided about {object}",
    "link_review_undone": "took a decision about {object} back",
    "link_review_accepted": "had what reviewers decided about {object} carried out",
    "protected_link_events_seen": "looked at {events} protected events of the linking of people",
    "protected_link_overrides_seen": "looked at {overrides} protected decisions about records",
    "profile_signed": "signed {object}, by whose rules tables are made safe",
    "table_published": "published {object}",
    "bundle_published": "handed out {object} for the community, of release {release}",
    "areas_frozen": "had the {object} drawn for good",
    "agreement_added": "added agreement {object}, in force from {start} to {end} once every party has signed",
    "agreement_signed": "wrote down that {party} signed agreement {object}",
    "agreement_suspended": "suspended agreement {object}, saying why: {reason}",
    "agreement_resumed": "took agreement {object} up again, saying why: {reason}",
    "agreement_withdrawn": "withdrew agreement {object}, saying why: {reason}",
    "output_asked": "asked that a file may leave ({object}), for {recipient}",
    "output_stopped": "asked that a file may leave ({object}), for {recipient}, and was stopped by the checks",
    "output_decided": "decided on {object}",
    "output_released": "was the last of those who released {object}",
    "output_returned": "was the last of those who gave {object} back",
    "output_withdrawn": "took {object} back, saying why: {reason}",
    "output_recalled": "recalled {object}, saying why: {reason}",
    "output_recall_confirmed": "said what became of their copies of {object}",
    "output_taken": "took {object}",
    "checker_trained": "wrote down that {object} is trained in output checking until {until}",
    "assessment_signed": "signed the impact assessment of {object}",
    "objects_swept": "had {object} taken away that nothing names",
    "objects_mended": "had {object} put back from a backup",
    "workspace_encrypted": "had the workspace encrypted ({object})",
    "storage_key_rotated": "had a new storage key taken, to which {object} are wrapped",
    "storage_key_split": "had parts of the storage key made for {object}",
    "person_proved": "ran a command for which {object} proved who they are with {with}: {about}",
    "person_not_proved": "ran a command for which {object} was not proved and which was refused: {about}",
    "erasure_asked": "asked that returns be erased ({object}), saying why: {reason}",
    "person_erasure_asked": "asked that one person's rows at {agency} be erased ({object}), saying why: {reason}",
    "erasure_agreed": "agreed to {object}: what it concerns is erased for good",
    "erasure_refused": "refused {object}, saying why: {reason}",
    "erasure_carried_out": "had the objects of {object} destroyed",
    "access_requested": "wrote down {object}, received on {received_on}, asked by: {asked_by}",
    "access_identity_checked": "checked who asks in {object}: {words}",
    "access_clock_stopped": "stopped the clock of {object} on {day}, saying why: {words}",
    "access_clock_started": "let the clock of {object} go on from {day}: {words}",
    "access_extended": "took two further months for {object}, saying why: {words}",
    "access_harm_considered": "considered whether the answer to {object} could do serious harm: {words}",
    "access_interests_considered": "considered the best interests of the child in {object}: {words}",
    "access_text_read": "opened a record of {object} to decide about it",
    "access_decided": "decided about a record of {object}: {becomes}",
    "access_answered": "made the answer to {object} as a file ({file}) with SHA-256 {sha256}",
    "access_refused": "refused {object}, saying why: {words}",
    "legal_hold_placed": "placed a legal hold on {object}, saying why: {reason}",
    "legal_hold_lifted": "lifted legal {object}, saying why: {reason}",
    "quarantine_begun": "put {object} in quarantine with its {people} people, saying why: {reason}",
    "quarantine_ended": "ended the quarantine of {object}, saying why: {reason}",
    "break_glass_opened": "opened child {subject}'s records ({object}), saying why: {reason}",
    "break_glass_refused": "asked for a child's records in an emergency, and nothing was opened",
    "break_glass_read": "looked at {rows} records of child {subject} ({object})",
    "break_glass_text_read": "opened a text of {of} about child {subject} ({object})",
    "break_glass_ended": "closed child {subject}'s records ({object})",
    "break_glass_reviewed": "said that {object} was {said}: {words}",
    "not_disclosed": "recorded {object} (child {subject}) until {until}",
    "not_disclosed_reviewed": "looked again at {object}, which goes on until {review_by} at least",
    "not_disclosed_ended": "ended {object}",
    "incident_recorded": "wrote down {object}, noticed at {noticed_at}: {words}",
    "incident_contained": "wrote down that {object} was stopped from going on: {words}",
    "incident_regulator_told": "wrote down that the Information Commissioner was told of {object} at {happened_at}: {words}",
    "incident_not_reported": "decided that the Information Commissioner is not told of {object}: {words}",
    "incident_people_told": "wrote down that the people whom {object} concerns were told: {words}",
    "incident_people_not_told": "decided that the people whom {object} concerns are not told: {words}",
    "incident_noted": "noted of {object}: {words}",
    "incident_closed": "closed {object}: {words}",
    "incident_affected": "asked the audit whose data {object} concerns: {children} children",
    "complaint_recorded": "wrote down {object}, received on {received_on}",
    "complaint_acknowledged": "wrote down that whoever made {object} was told that it arrived: {words}",
    "complaint_noted": "noted of {object}: {words}",
    "complaint_upheld": "answered {object}, which is right: {words}",
    "complaint_partly_upheld": "answered {object}, which is right in part: {words}",
    "complaint_not_upheld": "answered {object}, of which nothing was found to be wrong: {words}",
    "backup_begun": "began backup {object}",
    "backup_made": "made backup {object} of {objects} objects",
}
"""Action → what the person did, to stand after their name."""


def sentence(action: str, object: str, actor: str, detail: Mapping[str, Any]) -> str:
    """Say what an event tells.

    >>> sentence("page_read", "/places", "ann", {"role": "Analyst"})
    'ann (Analyst) read the page /places.'
    """
    told = _Said(detail, object=object)
    if detail.get("role") in Role.values:
        told["role"] = Role(detail["role"]).label.lower()
    words = WORDS.get(action, f"did {action.replace('_', ' ')}: {{object}}").format_map(told)
    role = f" ({detail['role']})" if detail.get("role") and action != "user_added" else ""
    return f"{actor or 'Somebody who was not signed in'}{role} {words}."


class _Said(dict[str, Any]):
    """Details for a sentence; one that an older event lacks is said to be missing."""

    def __init__(self, detail: Mapping[str, Any], *, object: str) -> None:
        super().__init__(detail)
        self["object"] = object

    def __missing__(self, name: str) -> str:
        return "(not recorded)"
