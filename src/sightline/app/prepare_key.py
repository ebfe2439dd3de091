"""Make the partnership's key for tokens: once, at one agency, which hands it to the others."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sightline.errors import EnvironmentProblem, Place, Refused
from sightline.privacy.keyed import read_key

_BYTES = 32


def write_key(out: Path) -> str:
    """Write a new key, readable by its owner only; return its fingerprint.

    Raises:
        Refused: If there is a file of that name: a key that is lost can never be made again.
        EnvironmentProblem: If it cannot be written.
    """
    text = secrets.token_hex(_BYTES)
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise Refused("There is a file of that name.", place=Place(file=str(out)), hint="A key is never written over.") from None
    except OSError as problem:
        raise EnvironmentProblem(
            f"The key cannot be written: {(problem.strerror or 'no reason given').lower()}.", place=Place(file=str(out))
        ) from problem
    return read_key(text).fingerprint
