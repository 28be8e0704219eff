"""FilePicker: the kernel's folders, pieces from a browser, the sample, addresses."""

import hashlib
import shutil
import zlib

import pytest

from cogwidgets.sample import VLOG
from cogwidgets.widgets.files import FilePicker
from cogwidgets.widgets.folder import glance, listing
from cogwidgets.widgets.incoming import Damaged, Incoming


def _answers(picker, monkeypatch):
    answers = []
    monkeypatch.setattr(picker, "send", lambda content, *_: answers.append(content))
    return answers


def test_a_folder_shows_folders_then_media_and_why_a_file_cannot_be_taken(tmp_path):
    (tmp_path / "Zoo").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "notes.txt").write_text("no")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "big.mov").touch()
    with (tmp_path / "big.mov").open("wb") as big:
        big.truncate(500_000_001)
    shutil.copy(VLOG, tmp_path / "a.mp4")
    found = listing(tmp_path)
    assert [(e["name"], e["kind"], e["why"]) for e in found["entries"]] == [
        ("Zoo", "folder", ""),
        ("a.mp4", "video", ""),
        ("big.mov", "video", "over 500 MB"),
        ("empty.mp4", "video", "empty"),
    ]
    assert found["crumbs"][-1] == (tmp_path.name, str(tmp_path))


def test_a_glance_shows_length_and_picture_and_raises_nothing(tmp_path):
    seen = glance(VLOG)
    assert seen["duration"] == pytest.approx(23, abs=0.1)
    assert seen["thumb"].startswith("data:image/jpeg;base64,/9j/")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    assert glance(broken) == {}


def test_the_kernel_s_files_are_browsed_and_uploaded(session, tell, until, tmp_path):
    shutil.copy(VLOG, tmp_path / "day 1.mp4")
    picker = FilePicker(session)
    tell(picker, "browse")
    until(lambda: picker.glances)
    [entry] = picker.listing["entries"]
    assert picker.glances[entry["path"]]["duration"] == pytest.approx(23, abs=0.1)
    tell(picker, "upload", paths=[entry["path"]])
    assert picker.wait(60)
    [upload] = picker.uploads
    assert (upload["name"], upload["width"], upload["size"]) == ("day 1.mp4", 1280, 3308520)
    assert upload["thumb"]
    assert picker.code == 'session.upload("day 1.mp4")'
    assert picker.transfers == []
    assert "day 1.mp4" in picker.html()
    assert repr(picker) == "<FilePicker · 1 file>"


def test_pieces_from_a_browser_become_a_file_and_an_upload(session, tell, tmp_path, monkeypatch):
    picker = FilePicker(session)
    answers = _answers(picker, monkeypatch)
    data = VLOG.read_bytes()
    tell(picker, "begin", id="1", name="../vlog.mp4", size=len(data))
    for offset in range(0, len(data), 1_000_000):
        piece = data[offset : offset + 1_000_000]
        tell(picker, "piece", piece, id="1", offset=offset, crc=zlib.crc32(piece))
    assert picker.wait(60)
    assert [a["received"] for a in answers] == [0, 1_000_000, 2_000_000, 3_000_000, len(data)]
    assert (tmp_path / "uploads" / "vlog.mp4").read_bytes() == data
    assert [u.hash for u in session.uploads] == [hashlib.sha256(data).hexdigest()]
    assert picker.code == 'session.upload("uploads/vlog.mp4")'


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("a.txt", 5, "not a type"),
        ("a.mp4", 500_000_001, "500 MB"),
        ("a.mp4", 0, "empty"),
        ("/", 5, "not a type"),
    ],
    ids=["type", "too large", "empty", "no name"],
)
def test_what_cannot_be_taken_is_refused_before_a_byte_is_sent(
    session, tell, tmp_path, monkeypatch, name, size, said
):
    picker = FilePicker(session)
    answers = _answers(picker, monkeypatch)
    tell(picker, "begin", id="1", name=name, size=size)
    assert said in answers[0]["refused"]
    assert said in picker.error["message"]
    assert not (tmp_path / "uploads").exists()


def test_a_damaged_piece_ends_the_file_and_leaves_nothing(session, tell, tmp_path, monkeypatch):
    picker = FilePicker(session)
    answers = _answers(picker, monkeypatch)
    tell(picker, "begin", id="1", name="a.mp4", size=10)
    tell(picker, "piece", b"hello", id="1", offset=0, crc=0)
    assert "damaged" in answers[-1]["refused"]
    assert list((tmp_path / "uploads").iterdir()) == []
    assert picker.transfers == []


def test_a_file_that_is_cancelled_on_its_way_leaves_nothing(session, tell, tmp_path, monkeypatch):
    picker = FilePicker(session)
    _answers(picker, monkeypatch)
    tell(picker, "begin", id="1", name="a.mp4", size=10)
    tell(picker, "piece", b"hello", id="1", offset=0, crc=zlib.crc32(b"hello"))
    assert picker.transfers[0]["fraction"] == 0.5
    tell(picker, "cancel", id="1")
    tell(picker, "piece", b"world", id="1", offset=5, crc=zlib.crc32(b"world"))
    assert list((tmp_path / "uploads").iterdir()) == []
    assert picker.transfers == []


def test_a_file_that_a_reload_has_cut_off_goes_on_where_it_was(session, tell, monkeypatch):
    picker = FilePicker(session)
    answers = _answers(picker, monkeypatch)
    tell(picker, "begin", id="1", name="a.mp4", size=10, modified=7)
    tell(picker, "piece", b"hello", id="1", offset=0, crc=zlib.crc32(b"hello"))
    tell(picker, "begin", id="2", name="a.mp4", size=10, modified=8)  # another file
    tell(picker, "begin", id="3", name="a.mp4", size=10, modified=7)
    assert [a["received"] for a in answers] == [0, 5, 0, 5]
    assert [row["id"] for row in picker.transfers] == ["2", "3"]
    for key in ("2", "3"):
        tell(picker, "cancel", id=key)


def test_pieces_out_of_turn_and_too_many_are_not_written(tmp_path):
    file = Incoming(tmp_path, "a.mp4", 5)
    with pytest.raises(Damaged):
        file.take(3, b"lo", zlib.crc32(b"lo"))
    with pytest.raises(Damaged):
        file.take(0, b"hello world", zlib.crc32(b"hello world"))
    with pytest.raises(Damaged):
        file.finish()
    file.take(0, b"hello", zlib.crc32(b"hello"))
    assert file.sha256 == hashlib.sha256(b"hello").hexdigest()
    (tmp_path / "a.mp4").touch()
    assert file.finish().name == "a 2.mp4"


def test_an_address_that_is_none_and_a_file_that_is_refused_are_told(session, tell, tmp_path):
    picker = FilePicker(session)
    tell(picker, "fetch", url="file:///etc/passwd")
    assert "address" in picker.error["message"]
    (tmp_path / "a.mp4").write_bytes(b"no video at all")
    tell(picker, "upload", paths=[str(tmp_path / "a.mp4")])
    assert picker.wait(60)
    assert picker.error["message"]
    assert picker.code == ""
