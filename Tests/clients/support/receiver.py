"""An endpoint for webhooks that does what a test tells it to do."""

import json
import queue
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.waiting import DEADLINE


class Delivery:
    """One request as it came."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def json(self):
        return json.loads(self.body)


class Receiver:
    """Answers each request with the next step of its script, and 204 once that has run out.

    A step is a status, a status with fields, or one of `hang`, `wait`, `reset`, `slow`, `endless`.
    """

    def __init__(self, *script, tls=None, secure_name="localhost"):
        self._script = list(script)
        self._lock = threading.Lock()
        self._queue = queue.Queue()
        self.seen = []
        self.connections = 0
        self.is_ended = threading.Event()
        self.wait = self.is_ended
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                with receiver._lock:
                    receiver.connections += 1
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver._answer(self, Delivery(self.path, self.headers, body))

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def handle_error(self, *_):
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"http{'s' if tls else ''}://{secure_name if tls else '127.0.0.1'}:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def then(self, *script):
        """Adds steps."""
        with self._lock:
            self._script += script

    def _answer(self, handler, delivery):
        with self._lock:
            step = self._script.pop(0) if self._script else 204
            self.seen.append(delivery)
        self._queue.put(delivery)
        status, fields = step if isinstance(step, tuple) else (step, {})
        match status:
            case "hang":
                self.is_ended.wait(DEADLINE)
                handler.close_connection = True
            case "wait":
                self.wait.wait(DEADLINE)
                handler.send_response(204)
                handler.end_headers()
            case "reset":
                handler.connection.setsockopt(
                    socketserver.socket.SOL_SOCKET, socketserver.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                handler.close_connection = True
            case "slow":
                handler.send_response(200)
                handler.send_header("Content-Length", "1000000")
                handler.end_headers()
                self.is_ended.wait(DEADLINE)
                handler.close_connection = True
            case "endless":
                handler.send_response(200)
                handler.send_header("Content-Length", str(1 << 40))
                handler.end_headers()
                handler.close_connection = True
                while not self.is_ended.is_set():
                    handler.wfile.write(b"x" * 65536)
            case _:
                body = b"" if status == 204 else f"answer {status}".encode()
                handler.send_response(status)
                for name, value in fields.items():
                    handler.send_header(name, value)
                if status != 204:
                    handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

    def next(self, deadline=DEADLINE):
        """The next delivery."""
        try:
            return self._queue.get(timeout=deadline)
        except queue.Empty:
            raise AssertionError(f"no delivery within {deadline} s; {len(self.seen)} so far") from None

    def take(self, count):
        """The next `count` deliveries."""
        return [self.next() for _ in range(count)]

    @property
    def is_quiet(self):
        """Whether all that came was taken."""
        return self._queue.empty()

    def close(self):
        self.is_ended.set()
        self._server.shutdown()
        self._server.server_close()


def server_context(certificate):
    """What a receiver that speaks TLS shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context
