"""The findings of one kept return, for the agency whose return it is."""

from __future__ import annotations

from sightline.app.findings_files import report_of_receipt
from sightline.app.receipts import receipt
from sightline.app.workspace import Workspace
from sightline.errors import NotFound
from sightline.ledger.returns import Slot, accepted
from sightline.model.periods import Quarter
from sightline.publish.findings_report import FindingsReport


def kept_findings(workspace: Workspace, agency: str, dataset: str, period: str) -> FindingsReport | None:
    """What the checks found in the return that holds now; None where none does, or there is no such dataset.

    It holds true numbers of rows: for the agency's own eyes.
    """
    try:
        sender = workspace.partnership.agency(agency)
        title = sender.dataset(dataset).title
    except NotFound:
        return None
    version = accepted(Slot(agency, dataset, period))
    if version is None:
        return None
    kept = receipt(version, already_had=True)
    return report_of_receipt(kept, agency=sender.name, dataset=title, period=Quarter.parse(period).title)
