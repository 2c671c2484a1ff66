"""A process in a service's place: ready at once, and tells its settings."""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/settings":
            own = {name: value for name, value in os.environ.items() if name.startswith("REQUITE_")}
            self.wfile.write(json.dumps(own).encode())


if __name__ == "__main__":
    address = os.environ["REQUITE_HOST"], int(os.environ["REQUITE_PORT"])
    HTTPServer(address, _Handler).serve_forever()
