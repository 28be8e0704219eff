import copy
import time

import av
import httpx
import pytest
from clips import clip, place
from conftest import ATTRIBUTION, Caller, code_of, text_of

from cogwidgets.engine import Engine


@pytest.fixture
def talk(caller):
    """Somebody with a short clip on the timeline."""
    caller.upload(clip("talk.mp4", seconds=3.0, sound="mix"))
    return caller


def test_the_whole_job_by_somebody_who_never_saw_our_client(caller, sample):
    uploaded = caller.upload(sample).json()["data"]["files"][0]
    assert "removed" in text_of(caller.say("remove the copyrighted background music"))
    submitted = caller.render("render_1").json()
    assert submitted["success"]
    assert submitted["data"]["status"] == "pending"
    assert submitted["data"]["progress"] == 5
    told = caller.finished("render_1")
    assert told["status"] == "completed"
    made = httpx.get(told["output"]["url"]).content
    assert made == caller.get("/api/render/proxy/render_1/download").content
    path = place("made.mp4")
    path.write_bytes(made)
    with av.open(str(path)) as container:
        assert [s.codec_context.name for s in container.streams] == ["h264", "aac"]
        assert container.duration / av.time_base == pytest.approx(uploaded["duration"], abs=0.1)
        assert sum(1 for _ in container.decode(container.streams.video[0])) == 690


@pytest.mark.parametrize("missing", list(ATTRIBUTION))
def test_no_attribution_no_export(talk, missing):
    headers = {name: value for name, value in ATTRIBUTION.items() if name != missing}
    answer = talk.render("render_1", headers=headers)
    assert code_of(answer) == (402, 402)
    assert missing in answer.json()["message"]
    assert talk.get("/api/render/proxy/lambda/render_1").status_code == 404


def test_the_same_id_is_the_same_render(talk):
    talk.render("render_1")
    first = talk.finished("render_1")
    again = talk.render("render_1", format="mkv").json()["data"]
    assert again == first
    assert talk.poll("render_1") == first


def test_the_output_has_its_format_and_a_download_name(talk):
    talk.render("render_1", format="mkv")
    told = talk.finished("render_1")
    assert told["output"]["url"].endswith("/talk.mkv")
    download = talk.get("/api/render/proxy/render_1/download", headers={"Range": "bytes=0-3"})
    assert download.status_code == 206
    assert download.content == b"\x1a\x45\xdf\xa3"
    assert 'filename="talk.mkv"' in download.headers["content-disposition"]


def test_the_draft_may_name_media_by_their_urls(talk, engine):
    draft = copy.deepcopy(talk.state()["draft"])
    segment = draft["t"][0]["sg"][0]["m"]
    segment["source"] = engine.url.replace("127.0.0.1", "localhost") + segment["source"]
    talk.render("render_1", draft)
    assert talk.finished("render_1")["status"] == "completed"


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "/media/../engine.db",
        "/media/" + "0" * 32 + "/talk.mp4",
        "http://127.0.0.1:1/media/x/y.mp4",
        "https://example.com/a.mp4",
        "concat:/etc/passwd",
        "",
        None,
        7,
        ["/etc/passwd"],
    ],
)
def test_a_draft_can_name_nothing_but_ones_own_media(talk, source):
    draft = copy.deepcopy(talk.state()["draft"])
    draft["t"][0]["sg"][0]["m"]["source"] = source
    assert code_of(talk.render("render_1", draft)) == (400, 400)
    draft = copy.deepcopy(talk.state()["draft"])
    good = draft["t"][0]["sg"][0]["m"]["source"]
    draft["t"][0]["sg"][0]["m"]["speech"] = {"source": good, "streams": [source]}
    assert code_of(talk.render("render_1", draft)) == (400, 400)


@pytest.mark.parametrize("draft", [{}, {"t": []}, {"t": [{}]}, {"t": [{"sg": []}]}, {"t": "x"}])
def test_an_empty_timeline_is_not_rendered(talk, draft):
    assert code_of(talk.render("render_1", draft)) == (400, 400)


def test_a_draft_nested_beyond_reason_is_refused(talk):
    draft = talk.state()["draft"]
    inner = draft
    for _ in range(200):
        inner["m"] = {"m": {}}
        inner = inner["m"]
    assert code_of(talk.render("render_1", draft)) == (400, 400)


@pytest.mark.parametrize("render_id", ["", "a/b", "../x", "x" * 101, "a b", "视频"])
def test_a_render_id_is_plain(talk, render_id):
    assert code_of(talk.render(render_id)) == (400, 400)


@pytest.mark.parametrize("output", [{"format": "exe"}, {"quality": "best"}, {"format": None}])
def test_an_output_that_cannot_be_made_is_refused(talk, output):
    assert code_of(talk.render("render_1", **output)) == (400, 400)


def test_what_the_renderer_refuses_is_a_failed_render_that_says_why(talk):
    draft = talk.state()["draft"]
    draft["t"][0]["sg"][0]["m"]["speed"] = "fast"
    talk.render("render_1", draft)
    told = talk.finished("render_1")
    assert told["status"] == "failed"
    assert told["error"]
    assert told["errorCode"] == "unsupported"
    assert talk.get("/api/render/proxy/render_1/download").status_code == 404


def test_an_unknown_render_is_not_found(caller):
    assert code_of(caller.get("/api/render/proxy/lambda/nothing")) == (404, 404)
    assert code_of(caller.post("/api/render/proxy/lambda/nothing/cancel")) == (404, 404)
    assert code_of(caller.get("/api/render/proxy/nothing/download")) == (404, 404)


@pytest.fixture
def long(caller):
    """Somebody whose render takes a moment."""
    caller.upload(clip("long.mp4", seconds=30.0, sound="mix"))
    caller.say("add calm music")
    return caller


def test_a_cancelled_render_ends_and_leaves_no_file(long, engine):
    def folders():
        return {*engine.home.glob("media/*"), *engine.home.glob("work/*/*")}

    before = folders()
    long.render("render_1")
    told = long.post("/api/render/proxy/lambda/render_1/cancel").json()["data"]
    assert (told["status"], told["errorCode"]) == ("failed", "cancelled")
    wait_until(lambda: folders() == before)
    assert long.poll("render_1")["status"] == "failed"
    assert long.post("/api/render/proxy/lambda/render_1/cancel").json()["data"] == told


def test_a_finished_render_cannot_be_cancelled(talk):
    talk.render("render_1")
    told = talk.finished("render_1")
    assert talk.post("/api/render/proxy/lambda/render_1/cancel").json()["data"] == told


def test_a_render_tells_its_progress(long):
    long.render("render_1")
    seen = set()
    while (told := long.poll("render_1"))["status"] != "completed":
        assert told["status"] in {"pending", "processing"}
        seen.add(told["progress"])
        time.sleep(0.02)
    assert len(seen) > 1
    assert told["progress"] == 100


def test_a_render_goes_on_when_its_client_goes_away(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=3.0, sound="mix"))
        caller.render("render_1")
        headers = caller.headers
    with httpx.Client(base_url=engine.url, headers=headers) as later:
        path = "/api/render/proxy/lambda/render_1"
        wait_until(lambda: later.get(path).json()["status"] == "completed")


def test_a_render_that_a_stop_cut_off_is_taken_up_again(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        caller.upload(clip("long.mp4", seconds=30.0, sound="mix"))
        caller.say("add calm music")
        caller.render("render_1")
        wait_until(lambda: caller.poll("render_1")["progress"] > 5)
        headers = caller.headers
    with Engine(tmp_path) as engine, httpx.Client(base_url=engine.url, headers=headers) as again:
        path = "/api/render/proxy/lambda/render_1"
        assert again.get(path).json()["status"] in {"pending", "processing"}
        wait_until(lambda: again.get(path).json()["status"] == "completed")
    assert not list(tmp_path.rglob("*.part"))
    assert not [*tmp_path.glob("work/*"), *tmp_path.glob("engines/*")]


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
