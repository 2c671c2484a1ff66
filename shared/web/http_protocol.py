"""Uvicorn's HTTP protocol with a bound on a request's head, and problems for what is no HTTP."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.web.problems import MEDIA_TYPE, problem_response, title_of

MOST_HEAD_BYTES = 512 * 1024
"""More than one read from a socket brings, so that a pipelined body is not taken for a head."""


class BoundedHead(HttpToolsProtocol):
    """Answers 431 and closes once a head has more than MOST_HEAD_BYTES (RFC 6585, section 5)."""

    _head: int | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_HEAD_BYTES and not self.transport.is_closing():
                self._refuse(431, "The head of a request is too long")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, msg)

    def _refuse(self, status: int, detail: str) -> None:
        body = bytes(problem_response(status, detail).body)
        head = (
            f"HTTP/1.1 {status} {title_of(status)}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
