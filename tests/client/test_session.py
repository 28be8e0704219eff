"""The whole job on the engine, call by call, as a notebook does it."""

import datetime as dt

import httpx
import pytest
from clips import clip

import cogwidgets as cog
from cogwidgets import settings
from cogwidgets.api import (
    Api,
    CallerError,
    Credentials,
    ExportBlocked,
    FileProblem,
    Output,
    SessionNotFound,
    TokenExpired,
    UnsupportedFile,
)
from cogwidgets.client import Client
from cogwidgets.client.ledger import PendingExport
from cogwidgets.engine import Engine
from cogwidgets.sample import VLOG, music_drop
from cogwidgets.settings import Attribution

ASK = "remove the copyrighted background music and replace it with a royalty-free track"


def _client(engine, **options):
    credentials = options.pop("credentials", None) or Credentials(client_id="tester")
    return Client(Api(engine.url, credentials=credentials, **options))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine):
    with _client(engine) as client:
        yield client


@pytest.fixture(scope="module")
def edited(client):
    """A session whose video has been cleared of its music and given a calm track."""
    session = client.session("my vlog")
    session.upload(VLOG)
    turn = session.send("remove the background music and put a calm track under it")
    return session, turn


def test_an_upload_tells_what_it_is(client):
    [upload] = client.session("just looking").upload(VLOG)
    assert (upload.filename, upload.file_type) == ("vlog.mp4", "video")
    assert (upload.width, upload.height, upload.fps) == (1280, 720, 30)
    assert upload.duration == pytest.approx(23, abs=0.1)
    assert httpx.get(upload.cdn_url, headers={"Range": "bytes=4-7"}).content == b"ftyp"


def test_the_turn_says_what_it_did(edited):
    _, turn = edited
    assert turn.error is None
    assert turn.text
    assert [c.kind for c in turn.changes] == ["music", "added"]
    assert turn.tool_calls
    assert turn.tool_results


def test_the_timeline_shows_the_video_and_the_new_track(edited):
    session, _ = edited
    frame = session.timeline()
    assert frame["kind"].tolist() == ["video", "audio"]
    assert frame["name"].iloc[0] == "vlog"
    assert frame["end"].tolist() == pytest.approx([23, 23], abs=0.1)
    assert "2 tracks" in repr(session)


def test_every_draft_is_kept(edited):
    session, _ = edited
    assert [len(draft.tracks) for draft in session.history][-2:] == [1, 2]


def test_the_export_is_a_whole_file(edited, tmp_path):
    session, _ = edited
    export = session.export(tmp_path / "with track.mp4")
    assert export.path.stat().st_size == export.size > 1_000_000
    assert (export.width, export.height, export.status) == (1280, 720, "completed")
    assert export.duration == pytest.approx(23, abs=0.1)
    assert [p.name for p in tmp_path.iterdir()] == ["with track.mp4"]


def test_every_call_is_in_the_log_without_a_secret(edited):
    session, _ = edited
    calls = session.client.calls
    purposes = [call.purpose for call in calls]
    assert purposes[:2] == ["get an anonymous token", "create the session"]
    assert {"upload the file", "send the message", "read the session state"} <= set(purposes)
    assert not [call for call in calls if call.failed]
    secrets = (session.client.api.credentials.anonymous.token, "tester")
    everything = repr([vars(call) for call in calls]) + calls._repr_html_()
    assert not [secret for secret in secrets if secret in everything]


def test_removing_only_leaves_the_speech_where_it_was(client, tmp_path):
    session = client.session("speech only")
    session.upload(str(VLOG))
    session.send("去掉背景音乐")
    export = session.export(tmp_path / "speech.mp4")
    assert music_drop(export.path) > 30


@pytest.mark.parametrize("form", ["folder", "glob", "list", "url"])
def test_uploads_come_in_many_forms(client, tmp_path, form):
    for name in ("one.mp4", "two.mp4"):
        (tmp_path / name).write_bytes(VLOG.read_bytes())
    (tmp_path / "notes.txt").write_text("not media")
    source = {
        "folder": tmp_path,
        "glob": tmp_path / "*.mp4",
        "list": [tmp_path / "one.mp4", str(tmp_path / "two.mp4")],
        "url": [(tmp_path / "one.mp4").as_uri(), (tmp_path / "two.mp4").as_uri()],
    }[form]
    uploads = client.session(form).upload(source)
    assert [upload.filename for upload in uploads] == ["one.mp4", "two.mp4"]


def test_nothing_is_sent_when_a_file_is_not_right(client, tmp_path):
    session = client.session("bad files")
    before = len(client.calls)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.mp4").touch()
    for name, error in [
        ("missing.mp4", FileProblem),
        ("notes.txt", UnsupportedFile),
        ("empty.mp4", FileProblem),
    ]:
        with pytest.raises(error):
            session.upload(VLOG, tmp_path / name)
    with pytest.raises(CallerError, match="nothing to upload"):
        session.upload([])
    assert len(client.calls) == before


def test_a_text_file_named_mp4_is_refused_in_a_sentence(client, tmp_path):
    (tmp_path / "text.mp4").write_text("not a video\n" * 100)
    session = client.session("text")
    with pytest.raises(UnsupportedFile) as told:
        session.upload(tmp_path / "text.mp4")
    assert "\n" not in str(told.value)


def test_an_empty_session_cannot_be_exported(client, tmp_path):
    with pytest.raises(CallerError, match="nothing to export"):
        client.session("empty").export(tmp_path / "x.mp4")


@pytest.mark.parametrize(
    ("name", "words"), [("clip", "which container"), ("no/folder/clip.mp4", "is not there")]
)
def test_a_bad_target_is_refused_before_anything_is_rendered(edited, tmp_path, name, words):
    session, _ = edited
    before = [c.purpose for c in session.client.calls].count("submit the render")
    with pytest.raises(CallerError, match=words):
        session.export(tmp_path / name)
    assert [c.purpose for c in session.client.calls].count("submit the render") == before


def test_an_unknown_session_is_said_so(client):
    with pytest.raises(SessionNotFound):
        client.api.state("1" * 19)
    with pytest.raises(SessionNotFound):
        list(client.api.run_sse("1" * 19, "hello"))


def test_a_token_of_the_users_own_is_never_replaced(engine):
    given = Credentials(client_id="x", given="nmv_usr_wrong")
    with _client(engine, credentials=given) as client, pytest.raises(TokenExpired):
        client.credits()
    assert [call.purpose for call in client.calls] == ["read the credits"]


def test_an_anonymous_token_is_renewed_once(engine):
    with _client(engine) as client:
        client.credits()
        anonymous = client.api.credentials.anonymous
        client.api.credentials.anonymous = type(anonymous)("nmv_usr_gone", "", "", 0)
        assert client.credits().total == 100
        purposes = [call.purpose for call in client.calls]
        assert purposes[-3:] == ["read the credits", "get an anonymous token", "read the credits"]


def test_a_missing_client_id_is_made_and_the_call_repeated(engine):
    nobody = Credentials(client_id="")
    with _client(engine, credentials=nobody) as client:
        assert client.credits().total == 100
        assert [call.status for call in client.calls] == [400, 200, 200]
    assert nobody.client_id == settings.client_id()


def test_without_attribution_nothing_is_exported(engine, tmp_path):
    with _client(engine, who=Attribution("", "", "")) as client:
        session = client.session("nobody")
        session.upload(VLOG)
        with pytest.raises(ExportBlocked):
            session.export(tmp_path / "x.mp4")


def test_the_public_session_is_the_one_tested_here(edited):
    assert isinstance(edited[0], cog.Session)


def test_a_session_is_reopened_after_the_engine_was_started_again():
    with cog.connect() as client:
        made = client.session("my vlog")
        made.upload(VLOG)
        draft = made.draft
    with cog.connect() as client:
        [known] = client.sessions()
        again = client.session(id=known.id)
        assert (again.name, again.draft, again.id) == ("my vlog", draft, made.id)
        assert again.claim().url.startswith("https://")


def test_saying_does_what_is_asked_for(edited, tmp_path, monkeypatch):
    session, _ = edited
    monkeypatch.chdir(tmp_path)
    assert session.say("how many credits do I have left?").total == 100
    assert session.say("show tracks") == session.draft
    assert session.say("导出").path == tmp_path / "my vlog.mp4"
    assert session.say("export it as out.mov").path == tmp_path / "out.mov"
    assert [u.filename for u in session.say(f"upload {VLOG}")] == ["vlog.mp4"]
    with pytest.raises(CallerError, match="Which file"):
        session.say("upload")
    assert session.say("make the credits roll slower").text


def test_a_claim_link_is_for_a_browser_and_not_for_a_repr(client, monkeypatch):
    monkeypatch.setenv("NEMO_WEB_URL", "https://web.test")
    claim = client.session("mine").claim()
    assert claim.url == f"https://web.test/workspace/claim?ct={claim.token}"
    assert claim.token not in repr(claim)
    assert client.api.register_link().startswith("https://web.test/register?bind=anon_")
    assert claim.token not in repr([vars(call) for call in client.calls])


def test_an_export_can_be_cancelled(edited, tmp_path):
    session, _ = edited
    client = session.client
    target = tmp_path / "never.mp4"
    pending = PendingExport("render_x1", session.id, target, dt.datetime.now(dt.UTC))
    client.ledger.begin(pending)
    client.api.submit_render("render_x1", session.id, session.draft.raw, Output())
    assert repr(session.unfinished_exports()) == f"[{pending!r}]"
    assert session.cancel_exports() == 1
    assert session.unfinished_exports() == []
    assert not target.exists()


def test_what_an_export_left_out_is_told(engine, tmp_path):
    with _client(engine) as client:
        session = client.session("vlog")
        session.upload(clip("vlog.mp4"))
        session.send("add the title 'Été 🎉' for 1 second")
        told = []
        client.tell = told.append
        session.export(tmp_path / "titled.mp4", quality="low")
    assert any("🎉" in line for line in told)


def test_a_failed_turn_says_so_in_its_text_too(engine):
    with cog.connect(base_url=engine.url, tell=lambda _: None) as client:
        turn = client.session("empty").send("remove the music")
    assert turn.error is not None
    assert turn.text == turn.error.message
    assert turn._repr_markdown_().count(turn.text) == 1
