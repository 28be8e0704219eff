"""Let decoding, separating and encoding run at the same time, a bounded distance apart."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

__all__ = ["Consumer", "ahead"]

T = TypeVar("T")
# How often a thread that waits looks whether the other side has gone away.
_LOOK_UP = 0.1


class _End:
    """Close a queue, with the error that ended its producer if there was one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Producer(Generic[T]):
    """Put what an iterable yields into a bounded queue, until nobody wants more."""

    def __init__(self, items: Iterable[T], depth: int) -> None:
        self.made: queue.Queue[T | _End] = queue.Queue(maxsize=depth)
        self.given_up = threading.Event()
        self._items = items

    def run(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as error:  # noqa: BLE001  the consumer raises it
            self._put(_End(error))
        else:
            self._put(_End())

    def _put(self, item: T | _End) -> bool:
        while not self.given_up.is_set():
            try:
                self.made.put(item, timeout=_LOOK_UP)
            except queue.Full:
                continue
            return True
        return False


def ahead(items: Iterable[T], depth: int) -> Iterator[T]:
    """Iterate over `items` made by a thread that runs at most `depth` of them ahead.

    The thread starts with the first item asked for. An exception in it is raised here, in its
    place among the items; it ends when the iterator is closed early.

    >>> list(ahead(range(3), depth=1))
    [0, 1, 2]
    """
    producer = _Producer(items, depth)
    thread = threading.Thread(target=producer.run, daemon=True)
    thread.start()
    try:
        while not isinstance(item := producer.made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        producer.given_up.set()
        thread.join()


class Consumer(Generic[T]):
    """Hand items to a function in a thread of its own, at most `depth` of them behind.

    Leaving the block waits for the last item and raises what the function raised.

    >>> seen = []
    >>> with Consumer(seen.append, depth=2) as consumer:
    ...     consumer.put("a block")
    >>> seen
    ['a block']
    """

    def __init__(self, consume: Callable[[T], object], depth: int) -> None:
        self._consume = consume
        self._items: queue.Queue[T | _End] = queue.Queue(maxsize=depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def put(self, item: T) -> None:
        """Queue an item, waiting for room; raise what the function raised before."""
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._items.put(item, timeout=_LOOK_UP)
            except queue.Full:
                continue
            return

    def _run(self) -> None:
        while not isinstance(item := self._items.get(), _End):
            if self._error is None:
                try:
                    self._consume(item)
                except BaseException as error:  # noqa: BLE001  put() and __exit__ raise it
                    self._error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._items.put(_End())
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error
