"""A TCP proxy with a fixed door, whose other side can be moved and cut."""

import selectors
import socket
import threading


class Proxy:
    """Passes bytes on to `target`, until it is told to cut, or a piece has passed.

    `cut_after` is asked for each new connection how many bytes of the hub's may pass before
    both sides are cut, mid-frame and without a word; `None` means never. A request that has the
    lower-case text `blocks` in it is answered with 403, as by a proxy that knows no WebSocket.
    With `names`, the name of a field, it tells the hub in it whom each request comes from, behind
    what the client has sent of that field, as reverse proxies do.
    """

    def __init__(self, target, cut_after=lambda: None, blocks=None, names=None):
        self.target = target
        self._blocks = blocks
        self._names = names
        self._cut_after = cut_after
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._pairs = set()
        self._lock = threading.Lock()
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _shut(self._listener)
        self.cut()

    def cut(self):
        """Ends every connection that passes now."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            for end in pair:
                _shut(end)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            hub = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        pair = (client, hub)
        with self._lock:
            self._pairs.add(pair)
            self.connections += 1
        try:
            self._pass_on(client, hub)
        except OSError:
            pass  # one of the two was cut: what this proxy is for
        finally:
            with self._lock:
                self._pairs.discard(pair)
            client.close()
            hub.close()

    def _pass_on(self, client, hub):
        allowance = self._cut_after()
        address = client.getpeername()[0]
        naming = Naming(self._names, address) if self._names else None
        selector = selectors.DefaultSelector()
        selector.register(client, selectors.EVENT_READ, hub)
        selector.register(hub, selectors.EVENT_READ, client)
        with selector:
            while True:
                for key, _ in selector.select():
                    piece = key.fileobj.recv(65536)
                    if not piece:
                        return
                    if key.fileobj is client and self._blocks and self._blocks in piece.lower():
                        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        return
                    if key.fileobj is client and naming:
                        piece = naming.take(piece)
                    if key.fileobj is hub and allowance is not None:
                        piece, allowance = piece[:allowance], allowance - len(piece)
                    key.data.sendall(piece)
                    if allowance is not None and allowance <= 0:
                        return


class Naming:
    """Adds a client's address to the heads of its requests."""

    def __init__(self, field, address):
        self._field, self._address = field, address
        self._head = b""
        self._left = 0  # of a body; None for ever, behind an upgrade

    def take(self, piece):
        """What goes to the hub of what has come so far."""
        output = b""
        while piece:
            if self._left is None:
                return output + piece
            if self._left:
                output, piece, self._left = output + piece[:self._left], piece[self._left:], max(0, self._left - len(piece))
                continue
            head, end, piece = (self._head + piece).partition(b"\r\n\r\n")
            self._head = b"" if end else head
            if end:
                output += self._named(head)
        return output

    def _named(self, head):
        lines, values = [], []
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == self._field.lower():
                values.append(value.strip())
                continue
            if name.lower() == "content-length":
                self._left = int(value)
            if name.lower() == "upgrade":
                self._left = None
            lines.append(line)
        values.append(f"for={self._address}" if self._field.lower() == "forwarded" else self._address)
        lines.append(f"{self._field}: {', '.join(values)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # already ended by the other side
    end.close()
