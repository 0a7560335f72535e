"""Thousands of WebSocket consumers of one group, in one process: plain sockets, one epoll.

All must get the same events, byte for byte. The first reader that gets an event reads it as JSON and
writes it into the book; for all others one comparison with the book tells whether theirs is right.
"""

import heapq
import itertools
import json
import multiprocessing
import resource
import select
import time

from reader import Book, Reader

# How long the readers may be without any progress before that is a fault.
PATIENCE = 120.0
OPENING_AT_ONCE = 200


class Swarm:
    """The readers, seen from the test: a process that answers questions."""

    def __init__(self, port, group, since="now", narrow=0, returns=False):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_run, args=(theirs, port, group, since, narrow, returns), daemon=True)
        self._process.start()
        theirs.close()

    def end(self):
        self._process.kill()
        self._process.join()

    def _ask(self, *question):
        self._pipe.send(question)
        answer = self._pipe.recv()
        if isinstance(answer, Difference):
            raise AssertionError(answer.text)
        return answer

    def open(self, count):
        """Opens `count` readers more; returns when all of them have subscribed."""
        self._ask("open", count)

    def hold(self, count):
        """Stops the first `count` readers: their sockets stay open, and nobody reads from them."""
        self._ask("hold", count)

    def wake(self):
        """Lets all read again."""
        self._ask("wake")

    def reach(self, seq, first=0):
        """Waits until all that are not held, from number `first` on, have every event up to `seq`, in order."""
        self._ask("reach", seq, first)

    def tally(self):
        """What has happened so far."""
        return self._ask("tally")

    def events(self):
        """The book: each event as JSON."""
        return [json.loads(text) for text in self._ask("events")]


class Difference:
    """The first thing that was wrong."""

    def __init__(self, text):
        self.text = text


class _Crowd:
    """All readers, the book, and the loop."""

    def __init__(self, pipe, port, group, since, narrow, returns):
        self.pipe, self.port, self.group, self.since = pipe, port, group, since
        self.narrow, self.returns = narrow, returns
        self.book, self.readers, self.by_descriptor = Book(), [], {}
        self.tally, self.slots, self.lagged, self.difference = {}, [], set(), None
        self.epoll = select.epoll()
        self.epoll.register(pipe.fileno(), select.EPOLLIN)
        self.timers, self.order = [], itertools.count()
        self.unopened, self.opening = [], set()
        self.awaited, self.target_seq, self.question, self.deadline = 0, 0, None, 0.0

    def run(self):
        while True:
            for descriptor, _ in self.epoll.poll(self.patience()):
                if descriptor == self.pipe.fileno():
                    self.answer(*self.pipe.recv())
                elif reader := self.by_descriptor.get(descriptor):
                    reader.ready()
            self.pass_time()
            self.settle()

    def patience(self):
        soonest = self.timers[0][0] - time.monotonic() if self.timers else 0.5
        return min(0.5, max(0.0, soonest))

    def pass_time(self):
        while self.timers and self.timers[0][0] <= time.monotonic():
            heapq.heappop(self.timers)[2].connect()
        while self.unopened and len(self.opening) < OPENING_AT_ONCE:
            reader = self.unopened.pop()
            self.opening.add(reader)
            reader.connect()

    def later(self, reader, seconds):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.order), reader))

    def listen(self, reader):
        self.by_descriptor[reader.socket.fileno()] = reader
        self.epoll.register(reader.socket.fileno(), select.EPOLLIN)

    def forget(self, reader):
        if reader.socket:
            self.by_descriptor.pop(reader.socket.fileno(), None)
            reader.socket.close()
            reader.socket = None

    def subscribed(self, reader):
        self.opening.discard(reader)

    def differs(self, reader, text):
        """Keeps what was wrong first; this reader reads no more."""
        self.difference = self.difference or Difference(f"reader {reader.number}: {text}")
        self.forget(reader)

    def answer(self, question, *arguments):
        if question == "tally":
            self.pipe.send(self.difference or {
                "frames": self.tally, "slots": self.slots, "lagged": len(self.lagged),
                "most": max(reader.place for reader in self.readers),
                "least": min(reader.place for reader in self.readers)})
        elif question == "events":
            self.pipe.send(self.difference or self.book.payloads)
        else:
            self.question, self.deadline = question, time.monotonic() + PATIENCE
            getattr(self, question)(*arguments)

    def settle(self):
        """Answers the question that waits, once it can be."""
        if not self.question:
            return
        is_done = not (self.unopened or self.opening or self.awaited)
        if not self.difference and not is_done and time.monotonic() > self.deadline:
            self.difference = Difference(self.stuck())
        if self.difference or is_done:
            self.question = None
            self.pipe.send(self.difference)

    def stuck(self):
        last = min((one for one in self.readers if not one.is_held), key=lambda one: one.place)
        state = "open" if last.is_open and last.socket else "not connected"
        return (f"not within {PATIENCE:.0f} s: {self.question}; reader {last.number} has seq {last.place} "
                f"of {self.target_seq} and is {state}; {len(self.opening)} wait for `subscribed`")

    def open(self, count):
        first = len(self.readers)
        self.readers += [Reader(self, number) for number in range(first, first + count)]
        self.unopened = self.readers[first:][::-1]

    def hold(self, count):
        for reader in self.readers[:count]:
            reader.is_held = True
            self.epoll.unregister(reader.socket.fileno())

    def wake(self):
        for reader in self.readers:
            if reader.is_held:
                reader.is_held = False
                self.epoll.register(reader.socket.fileno(), select.EPOLLIN)

    def reach(self, seq, first):
        awaited = [reader for reader in self.readers[first:] if not reader.is_held and reader.place < seq]
        self.target_seq, self.awaited = seq, len(awaited)
        for reader in awaited:
            reader.is_awaited = True


def _run(*arguments):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    _Crowd(*arguments).run()
