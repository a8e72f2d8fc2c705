"""A way to the api-server that loses the answer to the first request for a run, after the server has done what was asked."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LosingProxy:
    """Forwards to ``upstream``, a port of this machine. Once it has lost an answer, it lets nobody through until it is opened."""

    def __init__(self) -> None:
        self.upstream = 0
        #: Set when the answer was lost.
        self.has_lost = threading.Event()
        self._open = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                proxy.forward(self)

            do_POST = do_GET

            def log_message(self, *arguments: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def open(self) -> None:
        self._open.set()

    def close(self) -> None:
        self.open()
        self._server.shutdown()

    def forward(self, request: BaseHTTPRequestHandler) -> None:
        if self.has_lost.is_set():
            self._open.wait()
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection", "upgrade", "http2-settings")}
        upstream.request(request.command, request.path, body, headers)
        answer = upstream.getresponse()
        said = answer.read()
        upstream.close()
        if request.command == "POST" and request.path.endswith("/dagRuns") and not self.has_lost.is_set():
            self.has_lost.set()
            request.close_connection = True
            return
        request.send_response(answer.status)
        request.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        request.send_header("Content-Length", str(len(said)))
        request.end_headers()
        request.wfile.write(said)
