"""How many people two agencies both know, without either telling the other who: private set intersection, its cardinality only.

Each agency hides its people's keys behind an elliptic-curve secret of its own; hiding commutes, so that what both have hidden can be
compared and nothing else can. The one who asks learns how many it shares, the one who answers only how many people were asked about.

It protects between agencies that follow the protocol (semi-honest): one that lies about its own people can still test whether the other
knows a certain few, which is why questions about few people are not answered.

Source: Angelou and others, *Asymmetric private set intersection with applications to contact tracing and private vertical federated machine
learning* (2020), the library OpenMined PSI; docs/methods/privacy-modes.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sightline.errors import EnvironmentProblem, InputRefused

FEWEST_ASKED = 100
"""Questions about fewer people are not answered: the count would be about them."""
# Chance that any one of the answer's people is taken for one of the question's by accident.
_FALSE_MATCHES = 1e-9
_QUESTION, _ANSWER, _SECRET = "sightline question 1", "sightline answer 1", "sightline secret of a question 1"


class NotAnExchange(InputRefused):
    """A file is not the question, answer or secret it was given as, or does not belong to the others."""

    code = "SL-COM-001"
    hint = "Give the files as the commands wrote them. Nothing was counted."


class TooFewAsked(InputRefused):
    """A question is about so few people that its answer would be about somebody."""

    code = "SL-COM-002"
    hint = f"Ask about {FEWEST_ASKED} people or more. Nothing was written."


class LibraryMissing(EnvironmentProblem):
    """Private set intersection needs an optional package."""

    code = "SL-COM-003"
    hint = "Install Sightline with its extra: pip install 'sightline[psi]'."


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` goes to the other agency, ``secret`` stays: whoever has both can ask in this agency's name."""

    text: str
    secret: str


def ask(people: Iterable[str], *, by: str, about: str) -> Question:
    """Hide one's own people.

    Args:
        people: One key for each person, written the same way at both agencies.
        by: What the key is made of; both must use the same.
        about: Whose people, in words for whoever answers.

    Raises:
        TooFewAsked: If there are fewer than `FEWEST_ASKED`.
        LibraryMissing: If the library is not installed.
    """
    psi = _library()
    items = sorted(set(people))
    if len(items) < FEWEST_ASKED:
        raise TooFewAsked(f"Fewer than {FEWEST_ASKED} people can be asked about.")
    client = psi.client.CreateWithNewKey(False)
    hidden = client.CreateRequest(items).SerializeToString()
    told = {"kind": _QUESTION, "by": by, "about": about, "people": len(items), "hidden": _encoded(hidden)}
    kept = {"kind": _SECRET, "by": by, "people": len(items), "key": _encoded(client.GetPrivateKeyBytes()), "question": _hash(hidden)}
    return Question(_written(told), _written(kept))


def answer(question: str, people: Iterable[str], *, by: str, about: str) -> str:
    """Hide the question's people once more, and one's own.

    Raises:
        NotAnExchange: If the text is no question, or is asked by another key.
        TooFewAsked: If it is about too few people: those hidden in it are counted, not what it says.
        LibraryMissing: If the library is not installed.
    """
    psi = _library()
    asked = _read(question, _QUESTION)
    _same_key(asked, by)
    hidden = _decoded(asked.get("hidden"))
    request = psi.Request()
    _parse(request, hidden)
    if request.reveal_intersection or len(set(request.encrypted_elements)) < FEWEST_ASKED:
        raise TooFewAsked(f"The question is about fewer than {FEWEST_ASKED} people, or asks who they are.")
    server = psi.server.CreateWithNewKey(False)
    items = sorted(set(people))
    setup = server.CreateSetupMessage(_FALSE_MATCHES, len(request.encrypted_elements), items, psi.DataStructure.GCS)
    response = server.ProcessRequest(request)
    told = {"kind": _ANSWER, "by": by, "about": about, "question": _hash(hidden)}
    return _written(told | {"setup": _encoded(setup.SerializeToString()), "response": _encoded(response.SerializeToString())})


def count_in_common(secret: str, answered: str) -> int:
    """How many of the people asked about the other agency has: a true count, to be made safe before it is shown.

    Raises:
        NotAnExchange: If either text is not what it should be, or the answer is to another question.
        LibraryMissing: If the library is not installed.
    """
    psi = _library()
    kept, told = _read(secret, _SECRET), _read(answered, _ANSWER)
    _same_key(told, str(kept.get("by")))
    if kept.get("question") != told.get("question"):
        raise NotAnExchange("The answer is to another question.")
    setup, response = psi.ServerSetup(), psi.Response()
    _parse(setup, _decoded(told.get("setup")))
    _parse(response, _decoded(told.get("response")))
    client = psi.client.CreateFromKey(_decoded(kept.get("key")), False)
    if len(response.encrypted_elements) != kept.get("people"):
        raise NotAnExchange("The answer is about another number of people than the question.")
    return int(client.GetIntersectionSize(setup, response))


def _library() -> Any:
    try:
        # an extra, and half a second to load: only whoever compares sets pays for it
        import private_set_intersection.python as psi
    except ImportError:
        raise LibraryMissing("The package for private set intersection is not installed.") from None
    return psi


def _read(text: str, kind: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("kind") != kind:
        raise NotAnExchange(f"The file is no {kind.removeprefix('sightline ').rstrip(' 1')}.")
    return told


def _same_key(told: dict[str, Any], by: str) -> None:
    if told.get("by") != by:
        raise NotAnExchange(f'The other side compares people by "{told.get("by")!s:.40}", and this side by "{by}".')


def _parse(message: Any, content: bytes) -> None:
    try:
        message.ParseFromString(content)
    except Exception:
        # the library's own text could quote the bytes
        raise NotAnExchange("The file's content is damaged.") from None


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise NotAnExchange("The file's content is damaged.") from None


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _written(told: dict[str, Any]) -> str:
    return json.dumps(told, sort_keys=True, indent=1) + "\n"
