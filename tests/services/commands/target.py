"""A server that takes acts over HTTP, for commands that run in threads and processes."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

KEY = "rq_test_key"


class Target(ThreadingHTTPServer):
    """Takes acts over HTTP as an instance does, and counts each event id once. It knows nobody by
    an e-mail address."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: dict[str, dict[str, object]] = {}
        self.sent: Counter[str] = Counter()
        self.first = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def sum(self, kind: str) -> Decimal:
        """The exact sum of what came in."""
        return sum(
            (Decimal(e["data"]["total"]) for e in self.events.values() if e["type"] == kind),  # type: ignore[index]
            Decimal(0),
        )


class _Handler(BaseHTTPRequestHandler):
    server: Target

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        events = json.loads(body)
        for event in events:
            self.server.sent[event["id"]] += 1
            self.server.events.setdefault(event["id"], event)
        self.server.first.set()
        waiting = sum(event["subject"].startswith("email:") for event in events)
        answer = json.dumps({"accepted": len(events), "waiting": waiting}).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def running_target() -> Iterator[Target]:
    """A target that listens until the end of the block."""
    with Target() as target:
        thread = Thread(target=target.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield target
        target.shutdown()
        thread.join()
