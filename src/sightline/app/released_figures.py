"""The one way in which pages reach figures: what was released, and not one object more.

A workspace's objects hold raw returns and tables of records beside its releases. This opens those that the ledger names as a release, or as
belonging to one, and refuses every other, whatever names it: a mistake in a page cannot show a count that nobody released.
"""

from __future__ import annotations

from pathlib import Path

from sightline.app.encryption import open_store
from sightline.errors import NotFound
from sightline.ledger.releases import is_of_a_release
from sightline.model.releases import Release, release_from_json


class NotReleased(NotFound):
    """A page asked for something that is no release and belongs to none."""

    code = "SL-APP-032"
    hint = "Pages show released figures only; make a release of what is to be shown."


class ReleasedFigures:
    """Releases and their attachments under the root of a workspace; reads no definition, and no key but what unseals objects.

    Raises:
        EnvironmentProblem: If the objects are out of reach, or the key of a workspace that is encrypted.
    """

    def __init__(self, root: Path) -> None:
        self._objects = open_store(root)

    def get_bytes(self, digest: str) -> bytes:
        """One object of a release, verified.

        Raises:
            NotReleased: If it is of none.
            ObjectMissing, ObjectDamaged: If its bytes are not what they were.
        """
        if not is_of_a_release(digest):
            raise NotReleased("This is not part of any release.")
        return self._objects.get_bytes(digest)

    def release(self, digest: str) -> Release:
        """One release by its hash."""
        return release_from_json(self.get_bytes(digest))

    def attachment(self, release: Release, name: str) -> bytes:
        """One file that belongs to a release.

        Raises:
            NotFound: If the release has no such attachment.
        """
        digest = release.attachments.get(name)
        if digest is None:
            raise NotFound(f'Release {release.number} has no attachment called "{name}".', hint="See its list of attachments.")
        return self.get_bytes(digest)
