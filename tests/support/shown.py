"""Everything that a workspace shows of its figures, as bytes: pages, files, reports, maps and the community's bundle.

Read through one process, as by a server: one that has just opened the workspace, or one that opened it before and goes on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import resolve

from sightline.app.community_bundle import files_of_bundle
from sightline.app.roles import Role
from sightline.app.start import open_workspace
from sightline.app.workspace import Workspace
from sightline.ledger.bundle_models import BundleRecord
from sightline.ledger.models import User
from sightline.web import page, release_source
from sightline.web.kept import KeptBodies
from tests.support.sessions import open_session

OFFICER = Role.AGENCY_DATA_OFFICER
READERS = ((Role.ANALYST, "partnership"), (OFFICER, "csc"))
OF_RETURNS = frozenset({"returns", "return_detail", "return_findings", "return_findings_file", "quality", "uses"})
"""What is looked at as an officer sees it: the own agency's rows, exactly."""
READ_OFTEN = "/data/uses"
NOT_OF_FIGURES = frozenset(
    {
        *("sign_out", "sign_in", "account", "purpose", "second_factor", "new_password", "audit", "audit_file", "accessibility"),
        *("agreements", "agreement", "can_share", "assessment", "assessment_file", "processing", "processing_file"),
        *("outputs", "output_ask", "erasures"),
    }
)
"""Pages of the reader, of what was agreed and of what is asked for; the audit tells of each look."""
_LINK = re.compile(r'(?:href|src|data-[a-z]+)="(/[^"#]*)"')
_RELEASE = re.compile(r"/releases/\d+")
_EACH_TIME = re.compile(rb'(csrfmiddlewaretoken" value|nonce)="[^"]*"')


class Reading:
    """Readers who have signed in, and the addresses that they look at."""

    def __init__(self, root: Path, *, of_each: int) -> None:
        """Sign readers in and follow every link; ``of_each`` addresses of each kind of page are looked at from then on."""
        self.root = root
        self.clients: dict[Role, Client] = {}
        for role, agency in READERS:
            user, _ = User.objects.get_or_create(username=role.value, defaults={"role": role, "agency": agency})
            self.clients[role] = client = Client(raise_request_exception=False)
            open_session(client, user)
        self.addresses = [(role, address) for role in self.clients for address in self._followed(role, of_each)]
        # This page tells how often pages were read: asked first, so that a page that was refused makes no difference to it.
        self.addresses.sort(key=lambda each: not each[1].endswith(READ_OFTEN))
        current = next(address for role, address in self.addresses if _RELEASE.fullmatch(address))
        self.addresses.append((Role.ANALYST, f"{current}/board-report.html"))  # offered where a file is asked for, and linked nowhere

    def _followed(self, role: Role, of_each: int) -> Iterator[str]:
        start = "/data/returns" if role == OFFICER else "/"
        waiting, seen, taken = [start], {start}, Counter[str]()
        while waiting:
            address = waiting.pop(0)
            match = resolve(urlsplit(address).path)
            kind = f"{match.url_name} {match.kwargs.get('kind', '')} {'?' in address}"
            is_for_other = (role == OFFICER) != (match.url_name in OF_RETURNS) and match.url_name != "quality"
            if match.url_name in NOT_OF_FIGURES or taken[kind] == of_each or is_for_other:
                continue
            answer = self.clients[role].get(address)
            if answer.status_code != 200:
                continue
            taken[kind] += 1
            yield address
            if answer["Content-Type"].startswith("text/html"):
                found = (each.replace("&amp;", "&") for each in _LINK.findall(answer.content.decode()))
                fresh = dict.fromkeys(each for each in found if not each.startswith(settings.STATIC_URL) and each not in seen)
                seen.update(fresh)
                waiting.extend(fresh)

    def pages(self, addresses: Iterable[tuple[Role, str]]) -> dict[str, bytes]:
        """What a server shows that goes on as it is: each address with its page, or its file, or the number of its refusal."""
        told = {}
        for role, address in addresses:
            answer = self.clients[role].get(address)
            content = _EACH_TIME.sub(b"", b"".join(answer) if answer.streaming else answer.content)
            told[f"{role} {address}"] = content if answer.status_code == 200 else refused(str(answer.status_code))
        return told


def opened_anew(root: Path) -> Workspace:
    """Open a workspace as a process does that was just started; a server that is asked from now on goes on with this."""
    forget()
    release_source._open_workspace.cache_clear()
    workspace = open_workspace(root)
    release_source._open_workspace(root)
    return workspace


def forget() -> None:
    """Take everything out of memory that a server keeps there of what lies on the disk, but for the open workspace."""
    connections.close_all()
    release_source._read.cache_clear()
    release_source._read_tables.cache_clear()
    page._BODIES = KeptBodies()


def bundles(workspace: Workspace) -> dict[str, bytes]:
    """The files of every bundle for the community."""
    return {
        f"bundle {number} {name}": content
        for number in BundleRecord.objects.order_by("number").values_list("number", flat=True)
        for name, content in files_of_bundle(workspace, number).items()
    }


def refused(why: str) -> bytes:
    """What stands in place of something that is not shown."""
    return b"refused: " + why.encode()


def is_refusal(content: bytes) -> bool:
    """Whether something was not shown, and this is why."""
    return content.startswith(b"refused: ")


def otherwise(sound: Mapping[str, bytes], now: Mapping[str, bytes]) -> list[str]:
    """What is shown otherwise than it was, without a word."""
    return sorted(name for name, content in now.items() if content != sound[name] and not is_refusal(content))
