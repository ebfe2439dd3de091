"""Serve the pages on this machine only."""

from __future__ import annotations

import socket

from django.core.wsgi import get_wsgi_application
from waitress import serve

from sightline.errors import EnvironmentProblem

HOST = "127.0.0.1"


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


def serve_pages(*, port: int) -> None:
    """Serve until interrupted. The workspace must have been opened first (it configures Django)."""
    serve(get_wsgi_application(), host=HOST, port=port, threads=4, ident=None)
