"""The database wrapper, where Django looks for it (``ENGINE = "sightline.ledger.sqlite"``).

Opening the ledger takes longer than most of what is asked of it, so a connection stays open after a page. A restore or an encryption puts
another file in the ledger's place meanwhile: whoever went on with the old one would write where nobody looks any more. So each request asks
first whether the file that is open is still the ledger (`CONN_HEALTH_CHECKS`).
"""

from __future__ import annotations

from pathlib import Path

from django.db.backends.sqlite3 import base as plain
from django.utils.asyncio import async_unsafe

Identity = tuple[int, int]


def identity_of(path: str) -> Identity | None:
    """Which file lies there now; None where none does, as with a ledger in memory."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class KeptOpen(plain.DatabaseWrapper):
    """Connections that can tell whether another file has taken the place of the one that they opened."""

    _opened: Identity | None = None

    @async_unsafe
    def connect(self) -> None:
        """Open the ledger, having looked first which file it is: one put there in between is found out at the next request."""
        self._opened = identity_of(str(self.settings_dict["NAME"]))
        super().connect()

    def is_usable(self) -> bool:
        """Whether the open file is the ledger still."""
        return self._opened == identity_of(str(self.settings_dict["NAME"]))


class DatabaseWrapper(KeptOpen):
    """Connections to a ledger that lies in the clear."""
