"""A message whose length can be read in two ways carries no second one past whoever reads it otherwise (request smuggling)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import waitress

from sightline.app import serve

HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = "POST /open HTTP/1.1\r\nHost: localhost\r\n"


class Listener:
    """The server as it is started, with an application that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.server: object = None

    def application(self, environ: dict, start_response) -> list[bytes]:
        environ["wsgi.input"].read()
        self.asked.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Length", "0")])
        return []

    def send(self, message: str) -> bytes:
        """Send bytes as they are, say that nothing more comes, and read to the end."""
        with socket.create_connection(self.server.socket.getsockname(), timeout=30) as connection:
            connection.sendall(message.encode("latin-1"))
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    made, begun = Listener(), threading.Event()

    def create(application, **how):
        made.server = waitress.create_server(application, **how)
        return made.server

    monkeypatch.setattr(serve, "create_server", create)
    monkeypatch.setattr(serve, "get_wsgi_application", lambda: made.application)
    monkeypatch.setattr(serve, "let_process_see", lambda what: None)
    monkeypatch.setattr(serve, "stop_statements_after", lambda seconds: None)
    thread = threading.Thread(target=serve.serve_pages, kwargs={"port": 0, "say": lambda words: begun.set()}, daemon=True)
    thread.start()
    assert begun.wait(30)
    yield made
    made.server.close()


@pytest.mark.parametrize(
    "message",
    [
        f"{POST}Content-Length: 4\r\nContent-Length: {4 + len(HIDDEN)}\r\n\r\nabcd{HIDDEN}",
        f"{POST}Content-Length: +4\r\n\r\nabcd{HIDDEN}",
        f"{POST}Content-Length: 4, 4\r\n\r\nabcd{HIDDEN}",
        f"{POST}Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\nabcd{HIDDEN}",
        f"{POST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
        f"{POST}Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{HIDDEN}",
        f"{POST}Content-Length: {5 + len(HIDDEN)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n{HIDDEN}",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{HIDDEN}",
        f"{POST}X: y\nContent-Length: 0\r\n\r\n{HIDDEN}",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_heard(listener, message):
    answer = listener.send(message)

    assert "/hidden" not in listener.asked
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 501", b"HTTP/1.0 501"))
    assert answer.count(b"HTTP/1.") == 1


def test_chunks_alone_are_one_message_and_what_follows_is_another(listener):
    listener.send(f"{POST}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n{HIDDEN}")

    assert listener.asked == ["/open", "/hidden"]


def test_two_messages_one_after_the_other_are_two(listener):
    listener.send(f"{POST}Content-Length: 4\r\n\r\nabcd{HIDDEN}")

    assert listener.asked == ["/open", "/hidden"], "what is hidden above is heard where borders are clear"
