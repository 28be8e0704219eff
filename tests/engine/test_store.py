import sqlite3
import subprocess
import sys
import threading

import pytest

from cogwidgets.engine.store import Store, safe_name


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def session(store):
    account = store.account_of_client("somebody", credit=100)
    return store.add_session(account.id, "project", "en")


@pytest.mark.parametrize(
    ("given", "suffix", "kept"),
    [
        ("vlog.mp4", ".mp4", "vlog.mp4"),
        ("../../etc/passwd.mp4", ".mp4", "passwd.mp4"),
        ("..\\..\\boot.mp4", ".mp4", "boot.mp4"),
        ("my \"best\" 'clip'.mp4", ".mp4", "my-best-clip.mp4"),
        ("视频.mp4", ".mp4", "file.mp4"),
        (".mp4", ".mp4", "mp4.mp4"),
        ("a\0b\n.mp3", ".mp3", "a-b.mp3"),
        ("x" * 5000 + ".mov", ".mov", "x" * 60 + ".mov"),
        ("-rf.mp4", ".mp4", "rf.mp4"),
    ],
)
def test_names_for_the_disk_are_plain(given, suffix, kept):
    assert safe_name(given, suffix) == kept


def test_session_ids_are_nineteen_digits(session):
    assert len(session.id) == 19
    assert session.id.isdecimal()


def test_a_client_id_has_one_account_and_neither_it_nor_tokens_are_kept(store, tmp_path):
    first = store.account_of_client("canary-client", credit=100)
    assert store.account_of_client("canary-client", credit=100) == first
    store.add_token(first.id, "nmv_usr_canary-token", 4e9)
    assert store.account_of_token("nmv_usr_canary-token") == first
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"canary" not in kept


def test_an_expired_token_is_nobody(store):
    account = store.account_of_client("somebody", credit=100)
    store.add_token(account.id, "old", 1.0)
    assert store.account_of_token("old") is None


def test_every_draft_version_is_kept_and_none_is_overwritten(store, session):
    assert store.draft(session.id) == (0, {})
    store.add_draft(session.id, 1, {"d": 1}, "upload")
    store.add_draft(session.id, 2, {"d": 2}, "edit")
    assert store.draft(session.id) == (2, {"d": 2})
    with pytest.raises(sqlite3.IntegrityError):
        store.add_draft(session.id, 2, {"d": 3}, "somebody else's edit")


def test_only_finished_files_of_known_media_are_found(store, session):
    folder = store.new_folder()
    (folder / "a.mp4").write_bytes(b"x")
    (folder / "b.mp4.part").write_bytes(b"x")
    url = f"/media/{folder.name}/a.mp4"
    place = store.media / folder.name / "a.mp4"
    assert store.file(url) is None
    medium = store.add_medium(
        folder, session, "upload", name="a.mp4", filename="A!.mp4", info={"file_type": "video"}
    )
    assert medium.url == url
    assert store.file(url) == place
    assert store.file(url, account=session.account) == place
    assert not folder.exists()
    assert store.file(url, account="anon_other") is None
    for wrong in (
        f"/media/{folder.name}/b.mp4.part",
        f"/media/{folder.name}/../{folder.name}/a.mp4",
        f"/media/{folder.name}/..%2f",
        f"/media/{folder.name}/",
        f"/media/{folder.name}",
        "/media/../engine.db",
        "/etc/passwd",
        "",
    ):
        assert store.file(wrong) is None, wrong


def test_a_render_is_taken_over_only_when_its_engine_is_gone(store, session):
    account = session.account
    assert store.add_render(session, "r", {}, {}, "first")
    assert not store.add_render(session, "r", {}, {}, "second")
    assert not store.claim_render(account, "r", "second", stale=15)
    store.release_renders("first")
    assert store.claim_render(account, "r", "second", stale=15)
    assert store.claim_render(account, "r", "third", stale=-1)
    assert store.finish_render(account, "r", error={"code": "x", "message": "y"})
    assert not store.touch_render(account, "r", 0.5)
    assert not store.claim_render(account, "r", "third", stale=-1)


def test_threads_share_a_store(store):
    session_ids = []

    def work(number):
        account = store.account_of_client(f"client {number % 3}", credit=100)
        session_ids.extend(store.add_session(account.id, "s", "en").id for _ in range(10))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(session_ids)) == 60


def test_processes_share_a_home_from_its_first_moment(tmp_path):
    program = (
        "import sys; from pathlib import Path; from cogwidgets.engine.store import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "account = store.account_of_client('one client', credit=100)\n"
        "for number in range(20): store.add_session(account.id, 's', 'en')\n"
        "store.close()\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(4)]
    assert [run.wait(60) for run in runs] == [0, 0, 0, 0]
    with sqlite3.connect(tmp_path / "engine.db") as db:
        assert db.execute("SELECT count(*) FROM session").fetchone() == (80,)
        assert db.execute("SELECT count(*) FROM account").fetchone() == (1,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_home_of_a_newer_version_is_refused(tmp_path):
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "engine.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(OSError, match="newer"):
        Store(tmp_path)
