"""Incidents and complaints in the ledger: each, and each thing that is done about it, with its audit event in one transaction."""

from __future__ import annotations

from django.db.models import QuerySet

from sightline.errors import NotFound
from sightline.governance.complaints import check_complaint_step
from sightline.governance.incidents import check_incident_step
from sightline.ledger import audit
from sightline.ledger.register_models import Complaint, ComplaintStepTaken, Incident, IncidentStepTaken
from sightline.model.complaints import ComplaintStep
from sightline.model.incidents import IncidentStep


def record_incident(row: Incident) -> Incident:
    """Write an incident down."""
    with audit.writing():
        row.save(force_insert=True)
        detail = {"agency": row.agency, "kind": row.kind, "words": row.words, "noticed_at": row.noticed_at.isoformat()}
        audit.record("incident_recorded", str(row), by=row.by, at=row.at, detail=detail)
    return row


def record_incident_step(row: IncidentStepTaken) -> None:
    """Write down what was done about an incident.

    Raises:
        IncidentStepNotPossible: If that cannot be done any more, or not yet.
    """
    with audit.writing():
        before = IncidentStepTaken.objects.filter(incident=row.incident)
        check_incident_step(IncidentStep(row.kind), {IncidentStep(each.kind) for each in before})
        row.save(force_insert=True)
        detail = {"agency": row.incident.agency, "words": row.words, "happened_at": row.happened_at.isoformat()}
        audit.record(f"incident_{row.kind}", str(row.incident), by=row.by, at=row.at, detail=detail)


def incident_rows(agency: str = "") -> QuerySet[Incident]:
    """The incidents at an agency, newest first; all of them where none is named."""
    rows = Incident.objects.prefetch_related("steps").order_by("-id")
    return rows.filter(agency=agency) if agency else rows


def incident_row(number: int, agency: str = "") -> Incident:
    """One incident that an officer may know of.

    Raises:
        NotFound: If there is none of that number for this officer.
    """
    row = incident_rows(agency).filter(pk=number).first()
    if row is None:
        raise NotFound(f"There is no incident {number} of yours.", hint="`sightline incidents list` shows them.")
    return row


def record_complaint(row: Complaint) -> Complaint:
    """Write a complaint down."""
    with audit.writing():
        row.save(force_insert=True)
        detail = {"agency": row.agency, "about": row.about, "received_on": str(row.received_on)}
        audit.record("complaint_recorded", str(row), by=row.by, at=row.at, detail=detail)
    return row


def record_complaint_step(row: ComplaintStepTaken) -> None:
    """Write down what happened to a complaint.

    Raises:
        ComplaintStepNotPossible: If that cannot be any more.
    """
    with audit.writing():
        before = ComplaintStepTaken.objects.filter(complaint=row.complaint)
        check_complaint_step(ComplaintStep(row.kind), {ComplaintStep(each.kind) for each in before})
        row.save(force_insert=True)
        detail = {"agency": row.complaint.agency, "words": row.words, "day": str(row.day)}
        audit.record(f"complaint_{row.kind}", str(row.complaint), by=row.by, at=row.at, detail=detail)


def complaint_rows(agency: str = "") -> QuerySet[Complaint]:
    """The complaints to an agency, newest first; all of them where none is named."""
    rows = Complaint.objects.prefetch_related("steps").order_by("-id")
    return rows.filter(agency=agency) if agency else rows


def complaint_row(number: int, agency: str = "") -> Complaint:
    """One complaint that an officer may know of.

    Raises:
        NotFound: If there is none of that number for this officer.
    """
    row = complaint_rows(agency).filter(pk=number).first()
    if row is None:
        raise NotFound(f"There is no complaint {number} of yours.", hint="`sightline complaints list` shows them.")
    return row
