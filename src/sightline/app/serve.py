"""Serve the pages on this machine only."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.core.wsgi import get_wsgi_application
from django.db import connections
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

from sightline.app.daily_signing import keep_signing
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import stop_statements_after
from sightline.errors import EnvironmentProblem
from sightline.ledger.scope import NOTHING, let_process_see

HOST = "127.0.0.1"
LONGEST_STATEMENT = 30
"""Seconds that one question to the records may take while somebody waits for a page; commands take as long as they need."""
_PAUSE = 600
"""Seconds after which it is asked again whether a new day has begun."""


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses a message that tells its length in two ways: a proxy in front may believe the other, and take a part for another message."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("The length is told in two ways.")


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser


def check_port(port: int) -> None:
    """Find out, before long work, whether the port can be had.

    Raises:
        EnvironmentProblem: If something already listens there, or this user may not use it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server itself will ask: a port in its time-wait state counts as free, one that is listened on does not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise EnvironmentProblem(
                f"Port {port} on {HOST} cannot be used: {(problem.strerror or 'refused').lower()}.",
                hint=f"Stop what uses it, or choose another: sightline serve --port {port + 1} (with make: PORT={port + 1}).",
            ) from problem


def serve_pages(*, port: int, say: Callable[[str], None], workspace: Workspace | None = None) -> None:
    """Serve until interrupted, and sign the end of the audit once a day where the workspace's settings say where to.

    The workspace must have been opened first (it configures Django).

    Args:
        port: Where on this machine.
        say: Told the address once somebody can ask it, and not before.
        workspace: Whose audit is to be signed, if any.
    """
    # That somebody waits for somebody else's page is nothing to warn of: with eight readers it would be a line for each page.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    stop_statements_after(LONGEST_STATEMENT)
    let_process_see(NOTHING)  # Each page says for whom it is; what says nothing sees nothing.
    if workspace is not None:
        signing = partial(keep_signing, workspace, clock=lambda: datetime.now(UTC), pause=_a_while)
        threading.Thread(target=signing, name="daily signing", daemon=True).start()
    server = create_server(get_wsgi_application(), host=HOST, port=port, threads=4, ident=None)
    server.channel_class = _Channel
    say(f"Serving on http://{HOST}:{port} (stop with Ctrl-C).")
    server.run()


def _a_while() -> bool:
    """Wait, let go of what this thread holds of the ledger first, and go on."""
    connections.close_all()
    time.sleep(_PAUSE)
    return True
