"""A small ERP over HTTP, as seed 001 has it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "clave-de-prueba"


class ERP:
    """Serves `articulos` and `stock`, and keeps each movement once for its key."""

    def __init__(self, page_size=None):
        self.articulos = []
        self.stock = []
        self.movimientos = []
        self.requests = []
        self.page_size = page_size
        self.next_of = lambda path, page: f"{path}?page={page}"
        # Called with method and path before each answer; a status in its place.
        self.intercept = lambda method, path: None
        self._by_key = {}
        self._lock = threading.Lock()
        erp = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                erp._answer(self, "GET", None)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                erp._answer(self, "POST", json.loads(body))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler, method, body):
        parts = urlsplit(handler.path)
        with self._lock:
            self.requests.append(f"{method} {handler.path}")
        if handler.headers["Authorization"] != f"Bearer {KEY}":
            return self._send(handler, 401, {"detail": "who?"})
        status = self.intercept(method, handler.path)
        if status:
            return self._send(handler, status, {"detail": "not now"})
        with self._lock:
            if method == "GET" and parts.path in ("/api/articulos", "/api/stock"):
                return self._send(handler, 200, self._page(parts))
            if method == "POST" and parts.path == "/api/movimientos":
                return self._send(handler, 201, self._take(handler.headers["Idempotency-Key"], body))
        self._send(handler, 404, {"detail": "no"})

    def _page(self, parts):
        records = getattr(self, parts.path.rsplit("/", 1)[1])
        if self.page_size is None:
            return records
        page = int(parse_qs(parts.query).get("page", ["0"])[0])
        start = page * self.page_size
        more = start + self.page_size < len(records)
        return {
            "results": records[start : start + self.page_size],
            "next": self.next_of(parts.path, page + 1) if more else None,
        }

    def _take(self, key, body):
        assert key
        if key not in self._by_key:
            self.movimientos.append(body)
            self._by_key[key] = {"id": len(self.movimientos)}
        return self._by_key[key]

    @staticmethod
    def _send(handler, status, body):
        text = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
