"""FilePicker: files into the session, from the kernel's folders, the browser, or an address."""

from __future__ import annotations

import collections
import contextlib
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from cogwidgets.api import CallerError, CogError, Stopped
from cogwidgets.client.sources import MAX_UPLOAD, SUPPORTED
from cogwidgets.sample import VLOG
from cogwidgets.widgets import pages
from cogwidgets.widgets.base import View, static
from cogwidgets.widgets.folder import Glance, glance, kind_of, listing
from cogwidgets.widgets.incoming import PIECE, Incoming
from cogwidgets.widgets.work import Work

if TYPE_CHECKING:
    from cogwidgets.api import Upload
    from cogwidgets.client import Session

__all__ = ["FilePicker"]

Rows = traitlets.List[dict[str, Any]]

_LOOKED = 60  # files of a folder of which the length and the picture are looked up


class FilePicker(View):
    """Put files into a session by mouse, by keyboard, or by dropping them.

    Files of the kernel's machine are browsed from ``start``; those of the browser's machine come in
    checked pieces and are written to ``folder``, then uploaded like the others. Every file is
    checked before any of it is sent.

    >>> import cogwidgets as cog
    >>> client = cog.connect(base_url="http://127.0.0.1:9", token="my-own-token")
    >>> from cogwidgets.client import Session
    >>> FilePicker(Session(client, "1", "my vlog"))
    <FilePicker · no files>
    """

    _esm, _css = static("files")
    uploads: traitlets.List[dict[str, Any]] = traitlets.List(help="what the session holds").tag(
        sync=True
    )
    transfers: traitlets.List[dict[str, Any]] = traitlets.List(help="what is on its way").tag(
        sync=True
    )
    listing = traitlets.Dict(help="the folder that is browsed").tag(sync=True)
    glances = traitlets.Dict(help="length and picture of files in it").tag(sync=True)
    ready = traitlets.Bool(True, help="whether there is a session to upload to").tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: Session | None = None,
        *,
        folder: str | Path = "uploads",
        start: str | Path = ".",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.limits = {
            "bytes": MAX_UPLOAD,
            "types": sorted(SUPPORTED),
            "piece": PIECE,
            "sample": {"name": VLOG.name, "size": VLOG.stat().st_size},
        }
        self._folder, self._start = Path(folder), Path(start)
        self._coming: dict[str, Incoming] = {}
        self._about: dict[str, tuple[str, int, Any]] = {}  # how the browser knows each
        self._rows: dict[str, dict[str, Any]] = {}
        self._glances: dict[str, Glance] = {}
        self._queue: collections.deque[tuple[str, Path | str, str]] = collections.deque()
        self._lock = threading.RLock()
        self._sender: tuple[Work, str] | None = None
        self.session: Session | None = None
        self.ready = session is not None
        if session is not None:
            self.join(session)

    def join(self, session: Session) -> None:
        """Work on this session from now on."""
        self.session, self.ready = session, True
        self.until_closed(session.on_change(lambda _: self._refresh()))
        self._refresh()

    # -- the kernel's folders ------------------------------------------------------------------

    def _do_browse(self, message: dict[str, Any], _: list[memoryview]) -> None:
        path = Path(str(message.get("path") or self._start))
        self.work("listing", lambda: self._browse(path))

    def _browse(self, path: Path) -> None:
        try:
            found = listing(path)
        except OSError as error:
            raise CallerError(f"{path} cannot be opened ({error.strerror}).") from None
        self.listing = dict(found)
        media = [entry for entry in found["entries"] if entry["kind"] != "folder"]
        for entry in media[:_LOOKED]:
            if self.listing.get("path") != found["path"]:
                return  # somebody has gone on
            seen = self._glance(Path(entry["path"]))
            self.glances = {**self.glances, entry["path"]: dict(seen)}

    def _glance(self, path: Path) -> Glance:
        key = str(path)
        if key not in self._glances:
            self._glances[key] = glance(path)
        return self._glances[key]

    # -- what is chosen -------------------------------------------------------------------------

    def _do_upload(self, message: dict[str, Any], _: list[memoryview]) -> None:
        for path in message.get("paths", []):
            self._take(Path(str(path)), _short(Path(str(path))))

    def _do_sample(self, message: dict[str, Any], _: list[memoryview]) -> None:  # noqa: ARG002
        self._take(VLOG, "cogwidgets.sample.VLOG")

    def _do_fetch(self, message: dict[str, Any], _: list[memoryview]) -> None:
        url = str(message.get("url", "")).strip()
        if not url.lower().startswith(("http://", "https://")):
            raise CallerError(
                "That is no address of a file.", hint="Paste one that begins with http."
            )
        self._take(url, json.dumps(url, ensure_ascii=False))

    def _take(self, source: Path | str, written: str) -> None:
        """Put a file in the queue for the service."""
        name = source.name if isinstance(source, Path) else source.rsplit("/", 1)[-1] or source
        key = f"send {len(self._rows)} {name}"
        size = source.stat().st_size if isinstance(source, Path) and source.exists() else 0
        self._row(key, name=name, size=size, step="Waiting", fraction=0.0)
        self._enqueue(key, source, written)

    def _enqueue(self, key: str, source: Path | str, written: str) -> None:
        with self._lock:
            self._queue.append((key, source, written))
            if self._sender is None:
                self.error = {}
                self._sender = Work("upload", self._drain, failed=self.fail), key

    def _drain(self) -> None:
        """Upload what is in the queue, one after the other."""
        while True:
            with self._lock:
                if not self._queue or self._sender is None:
                    self._sender = None
                    return
                key, source, written = self._queue.popleft()
                self._sender = self._sender[0], key
            try:
                self._upload(key, source, written)
            except Stopped:
                pass
            except CogError as error:
                self.fail(error)
            except Exception as error:  # noqa: BLE001 - the next file has its turn all the same
                self.fail(error)
            finally:
                self._row(key)

    def _upload(self, key: str, source: Path | str, written: str) -> None:
        if self.session is None:
            raise CallerError("There is no session yet.", hint="Wait until it is ready.")
        session = self.session

        def show(step: str, fraction: float) -> None:
            self._row(key, step=step.partition(" ")[0], fraction=fraction)

        with session.client.listening(show=show):
            session.upload(source)
        self.did(f"session.upload({written})")
        if isinstance(source, Path):
            newest = session.uploads[-1] if session.uploads else None
            if newest is not None:
                self._glances[newest.cdn_url or newest.filename] = {
                    **self._glance(source),
                    "size": source.stat().st_size,  # type: ignore[typeddict-unknown-key]
                }
        self._refresh()

    # -- what comes from the browser --------------------------------------------------------------

    def _do_begin(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Take a file in pieces; what is refused is refused before the first.

        One that a reload of the page has cut off goes on where it was.
        """
        key = str(message["id"])
        about = str(message["name"]), int(message["size"]), message.get("modified")
        cut_off = next((old for old, known in self._about.items() if known == about), None)
        if cut_off in self._coming:
            self._coming[key] = self._coming.pop(cut_off)
            self._row(cut_off)
        else:
            try:
                self._coming[key] = Incoming(self._folder, about[0], about[1])
            except CogError as error:
                self.send({"id": key, "refused": error.message})
                raise
        self._about[key] = about
        file = self._coming[key]
        fraction = file.received / file.size
        self._row(key, name=file.name, size=file.size, step="Receiving", fraction=fraction)
        self.send({"id": key, "received": file.received})

    def _do_piece(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        key = str(message["id"])
        file = self._coming.get(key)
        if file is None:
            return  # cancelled meanwhile
        try:
            received = file.take(int(message["offset"]), buffers[0], int(message["crc"]))
            if received == file.size:
                path = file.finish()
                del self._coming[key]
                self._row(key, step="Waiting", fraction=0.0)
                self._enqueue(key, path, _short(path))
            else:
                self._row(key, fraction=received / file.size)
        except (CogError, OSError) as error:
            self._forget(key)
            self.send({"id": key, "refused": str(error)})
            raise
        self.send({"id": key, "received": received})

    def _do_cancel(self, message: dict[str, Any], _: list[memoryview]) -> None:
        """Give a file up, wherever it is on its way."""
        key = str(message["id"])
        self._forget(key)
        with self._lock:
            waiting = [one for one in self._queue if one[0] == key]
            for one in waiting:
                self._queue.remove(one)
            sender = self._sender
        if waiting or sender is None or sender[1] != key:
            self._row(key)
        elif self.session is not None:
            self.session.client.stop(sender[0].thread)

    def _forget(self, key: str) -> None:
        file = self._coming.pop(key, None)
        if file is not None:
            file.drop()
            self._row(key)

    # -- what is shown -------------------------------------------------------------------------

    def _row(self, key: str, **fields: Any) -> None:
        """Change the line of a file that is on its way; without fields it goes."""
        with self._lock:
            if fields:
                self._rows[key] = {"id": key, **self._rows.get(key, {}), **fields}
            else:
                self._rows.pop(key, None)
            self.transfers = [dict(row) for row in self._rows.values()]

    def _refresh(self) -> None:
        if self.session is not None:
            self.uploads = [self._shown(upload) for upload in self.session.uploads]

    def _shown(self, upload: Upload) -> dict[str, Any]:
        known: dict[str, Any] = dict(self._glances.get(upload.cdn_url or upload.filename, {}))
        return {
            "name": upload.filename,
            "kind": upload.file_type or kind_of(upload.filename),
            "duration": upload.duration,
            "width": upload.width,
            "height": upload.height,
            "size": upload.raw.get("size") or known.get("size"),
            "thumb": known.get("thumb", ""),
        }

    def wait(self, seconds: float = 600.0) -> bool:
        """Wait until nothing is on its way, for so many seconds at most; tell whether."""
        sender = self._sender
        return sender is None or sender[0].wait(seconds)

    def html(self) -> str:
        """Return the files as a list."""
        return pages.files(self.uploads)

    def __repr__(self) -> str:
        count = len(self.uploads)
        files = f"{count} file{'s' * (count != 1)}" if count else "no files"
        return f"<FilePicker · {files}>"


def _short(path: Path) -> str:
    """Write a path as somebody would in a cell: from here where that is shorter."""
    path = path.expanduser()
    with contextlib.suppress(ValueError):
        path = path.absolute().relative_to(Path.cwd())
    return json.dumps(str(path), ensure_ascii=False)
