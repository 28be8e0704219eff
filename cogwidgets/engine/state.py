"""State: a session as the contract's state call describes it, put together from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cogwidgets.engine.history import stacks
from cogwidgets.engine.sketches import sketch_path

if TYPE_CHECKING:
    from cogwidgets.engine.schema import Medium, Session
    from cogwidgets.engine.store import Store

__all__ = ["describe_upload", "session_state"]

VERSIONS = 50  # that a state tells of; all are kept


def session_state(store: Store, session: Session, url: str) -> dict[str, Any]:
    """Describe a session (contract.md, "session state").

    ``draft`` is the latest version, ``draft_versions`` what made the last of them and when,
    ``history`` how many edits can be undone and redone. ``video_infos`` are the uploads of any
    type, ``generated_media`` the separated speech, sound without noise, laid tracks and thumbnails,
    ``canvas_config`` what holds for the whole, ``video_analyses`` where music was found, in ms.
    ``source`` is a medium's path, as drafts name it; ``cdn_url`` is where to get it,
    ``sketch_url`` where to get its waveform and thumbnails (ours, not in the contract).
    """
    version, draft = store.draft(session.id)
    done, undone = stacks(store.reasons(session.id))
    uploads = store.media_of_session(session.id, "upload")
    by_id = {medium.id: medium for medium in uploads}
    meta = draft.get("m", {})
    canvas = ("width", "height", "fps", "fit", "background", "loudness", "output", "thumbnail")
    return {
        "session_id": session.id,
        "user_id": session.account,
        "language": session.language,
        "draft": draft,
        "draft_version": version,
        "draft_versions": [
            {"version": number, "reason": reason, "created_at": created}
            for number, reason, created in store.versions(session.id, VERSIONS)
        ],
        "history": {"undo": len(done) - 1, "redo": len(undone)},
        "video_infos": [describe_upload(medium, url) for medium in uploads],
        "generated_media": [
            _generated(medium, url)
            for medium in store.media_of_session(
                session.id, "speech", "denoised", "music", "thumbnail"
            )
        ],
        "canvas_config": {key: meta[key] for key in canvas if key in meta},
        "video_analyses": [
            {
                "source": by_id[stems.source].url,
                "filename": by_id[stems.source].filename,
                "strength": stems.strength,
                "streams": stems.medium.info["streams"],
            }
            for stems in store.stems(session.id)
            if stems.source in by_id
        ],
    }


def describe_upload(medium: Medium, url: str) -> dict[str, Any]:
    """Describe an uploaded file (contract.md, "upload a file"); ``duration`` in seconds."""
    return {
        "filename": medium.filename,
        "cdn_url": url + medium.url,
        "source": medium.url,
        "sketch_url": url + sketch_path(medium.url),
        **medium.info,
    }


def _generated(medium: Medium, url: str) -> dict[str, Any]:
    return {
        "type": medium.kind,
        "name": medium.filename,
        "source": medium.url,
        "cdn_url": url + medium.url,
        "sketch_url": url + sketch_path(medium.url),
        "created_at": medium.created,
        **{key: value for key, value in medium.info.items() if key not in {"source", "streams"}},
    }
