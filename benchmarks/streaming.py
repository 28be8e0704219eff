"""Decode server-sent events, against httpx-sse on the same bytes, as a ratio in one run."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator

import httpx
from httpx_sse import EventSource

from cogwidgets.api import iter_events

COUNT = 20_000
CHUNK = 16_384  # as it comes from a socket
TEXT = {"content": {"role": "model", "parts": [{"text": "I removed the music from your clip."}]}}
STATE = {"actions": {"stateDelta": {"draft": {"t": [{"tt": 0, "sg": [{"d": 40}] * 500}]}}}}


class Chunks(httpx.SyncByteStream):
    """Bytes in chunks, as a response hands them out."""

    def __init__(self, stream: bytes) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._stream), CHUNK):
            yield self._stream[start : start + CHUNK]


def stream_of(event: dict[str, object], count: int) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode() * count


def ours(stream: bytes) -> int:
    return sum(len(event.data) for event in iter_events(Chunks(stream)))


def peers(stream: bytes) -> int:
    headers = {"Content-Type": "text/event-stream"}
    response = httpx.Response(200, headers=headers, stream=Chunks(stream))
    return sum(len(event.data) for event in EventSource(response).iter_sse())


def seconds(decode: Callable[[bytes], int], stream: bytes) -> float:
    started = time.process_time()
    decode(stream)
    return time.process_time() - started


def main() -> None:
    streams = {
        "short texts": stream_of(TEXT, COUNT),
        "heartbeats": b"data:\n\n: ping\n\n" * COUNT,
        "drafts of 5 kB": stream_of(STATE, COUNT // 20),
    }
    print(f"{'events':<18}{'MB/s':>9}{'httpx-sse':>11}{'time ratio':>12}")
    for name, stream in streams.items():
        rows = [(seconds(ours, stream), seconds(peers, stream)) for _ in range(5)]
        mine, other = (statistics.median(column) for column in zip(*rows, strict=True))
        size = len(stream) / 1e6
        print(f"{name:<18}{size / mine:>9.0f}{size / other:>11.0f}{mine / other:>12.2f}")


if __name__ == "__main__":
    main()
