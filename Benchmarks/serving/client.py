"""A client for servers that stream completions: many at a time in one thread, so that it takes little from the servers beside it."""
import asyncio
import json
import random
import re
import time
from dataclasses import dataclass

COMPLETION_TOKENS = re.compile(rb'"completion_tokens": ?(\d+)')


@dataclass
class Answer:
    status: int
    first_seconds: float
    seconds: float
    tokens: int
    body: bytes

    def text(self):
        """What was written, the events put together."""
        events = (line[6:] for line in self.body.split(b"\n") if line.startswith(b"data: {"))
        choices = (choice for event in events for choice in json.loads(event).get("choices") or [])
        return "".join(choice.get("text", "") for choice in choices)


class Exchange(asyncio.Protocol):
    """One request on a connection of its own. Bytes are only looked at when all are there, but for the first."""

    def __init__(self, request):
        self.request = request
        self.received = bytearray()
        self.begun = time.monotonic()
        self.first = None
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        transport.write(self.request)

    def data_received(self, data):
        self.received += data
        if self.first is None and b"data: " in self.received:
            self.first = time.monotonic()

    def connection_lost(self, error):
        if not self.ended.done():
            self.ended.set_exception(error) if error else self.ended.set_result(time.monotonic())


async def complete(port, body):
    """Streams one completion.

    Raises ConnectionError or OSError where the connection breaks.
    """
    text = json.dumps({**body, "stream": True, "stream_options": {"include_usage": True}}).encode()
    request = (
        b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (port, len(text), text))
    _, exchange = await asyncio.get_running_loop().create_connection(lambda: Exchange(request), "127.0.0.1", port)
    end = await exchange.ended
    head, _, rest = bytes(exchange.received).partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        rest = unchunked(rest)
    counts = COMPLETION_TOKENS.findall(rest)
    return Answer(
        int(head.split(b" ", 2)[1]), (exchange.first or end) - exchange.begun, end - exchange.begun,
        int(counts[-1]) if counts else 0, rest)


def unchunked(data):
    """The body of a chunked answer."""
    parts, place = [], 0
    while True:
        end = data.find(b"\r\n", place)
        size = int(data[place:end].split(b";")[0] or b"0", 16) if end > 0 else 0
        if size == 0:
            return b"".join(parts)
        parts.append(data[end + 2:end + 2 + size])
        place = end + 2 + size + 2


async def all_of(port, bodies, streams, onAnswer=lambda index, answer: None):
    """Streams the completions of all bodies, so many at the same time; the next begins when one ends."""
    waiting = iter(enumerate(bodies))

    async def reader():
        for index, body in waiting:
            onAnswer(index, await complete(port, body))

    await asyncio.gather(*(reader() for _ in range(streams)))


def random_prompt(length, seed):
    """Ids that every vocabulary has; no two seeds share a beginning."""
    source = random.Random(seed)
    return [source.randrange(60, 250) for _ in range(length)]


def completion(model, prompt, length, **others):
    """A request for exactly so many tokens."""
    return {"model": model, "prompt": prompt, "max_tokens": length, "temperature": 0, "ignore_eos": True, **others}


def quantile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]
