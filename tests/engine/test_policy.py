"""Credits, tokens, scopes and limits on an engine that strangers use."""

import concurrent.futures
import copy
import struct
import time
import uuid
import zlib

import httpx
import pytest
from clips import clip, place
from conftest import ATTRIBUTION, Caller, code_of, text_of

import cogwidgets as cog
from cogwidgets.api import NoCredits
from cogwidgets.engine import SHARED, Engine, Policy
from cogwidgets.engine.credits import price
from cogwidgets.engine.store import Store

ASK = "/api/auth/anonymous-token"
BALANCE = "/api/credits/balance/simple"


def balance(caller):
    data = caller.get(BALANCE).json()["data"]
    return data["available"], data["frozen"], data["total"]


def ask(engine, client, **body):
    more = {"json": body} if body else {}
    return httpx.post(engine.url + ASK, headers={"X-Client-Id": client}, **more)


# Credits


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """An engine on which edits cost something; the tests are one address, so no limit of tokens."""
    policy = Policy(credits=True, credit=price(["separate_audio"]) + price(["add_music"]))
    with Engine(tmp_path_factory.mktemp("shared"), policy=policy) as engine:
        yield engine


@pytest.fixture
def guest(shared):
    with Caller(shared) as guest:
        guest.upload(clip("talk.mp4", seconds=2.0, sound="mix"))
        yield guest


def test_edits_cost_what_they_say_and_talk_costs_nothing(guest):
    assert balance(guest) == (12, 0, 12)
    guest.say("what can you do?")
    assert balance(guest) == (12, 0, 12)
    guest.say("remove the music")
    assert balance(guest) == (2, 0, 2)
    guest.say("remove the music")  # it is removed already: nothing was done
    assert balance(guest) == (2, 0, 2)
    assert guest.render("render_1").status_code == 200  # exports are free
    assert balance(guest) == (2, 0, 2)


def test_turning_down_recorded_music_costs_a_separation_once(guest):
    guest.say("turn the music down by 6 dB")
    assert balance(guest) == (2, 0, 2)
    guest.say("turn the music down by another 3 dB")  # voice and music are told apart by now
    assert balance(guest) == (0, 0, 0)


def test_an_edit_that_is_refused_costs_nothing(guest):
    guest.say("undo")  # there is nothing to undo
    guest.say("remove the title and add a crossfade between the clips")  # neither is there
    assert balance(guest) == (12, 0, 12)
    guest.say("mute it and remove the title")  # the one is done, the other not
    assert balance(guest) == (10, 0, 10)


def test_credits_are_frozen_while_an_edit_is_carried_out(shared):
    with Caller(shared) as guest:
        guest.upload(clip("talk.mp4", seconds=6.0, sound="mix"))
        see_credits_frozen(guest)


def see_credits_frozen(guest):
    with guest.stream("POST", "/run_sse", json=guest.message("remove the music")) as stream:
        frozen = set()
        for line in stream.iter_lines():
            if "functionCall" in line:
                frozen.add(balance(guest))
    assert frozen == {(2, 10, 12)}
    assert balance(guest) == (2, 0, 2)


def test_who_has_too_few_gets_2001_and_nothing_is_changed(guest):
    guest.say("remove the music")
    guest.say("add some happy music")
    assert balance(guest) == (0, 0, 0)
    before = guest.state()
    [event] = guest.say("put the original sound back")
    assert event["errorCode"] == "2001"
    assert "credits" in event["errorMessage"]
    assert guest.state() == before


def test_what_fails_costs_nothing(shared):
    with Caller(shared) as guest:
        guest.upload(clip("mute.mp4", audio=None))
        assert guest.say("remove the music")[-1]["errorCode"] == "no_audio"
        assert balance(guest) == (12, 0, 12)


def test_the_client_is_told_where_to_register(shared, monkeypatch):
    monkeypatch.setenv("NEMO_CLIENT_ID", str(uuid.uuid4()))
    with cog.connect(base_url=shared.url, tell=lambda _: None) as client:
        session = client.session("vlog")
        session.upload(clip("talk.mp4", seconds=2.0, sound="mix"))
        session.send("remove the music")
        session.send("add some happy music")
        error = session.send("put the original sound back").error
    assert isinstance(error, NoCredits)
    assert "register?bind=anon_" in str(error.hint)


def test_what_a_dead_engine_had_frozen_is_given_back(tmp_path):
    store = Store(tmp_path)
    account = store.account_of_client("somebody", credit=100)
    assert store.freeze(account.id, 30, "an edit", "an engine that died") is not None
    assert store.freeze(account.id, 71, "too much", store.engine) is None
    store.close()
    (tmp_path / "engines" / "an engine that died").touch()
    with Engine(tmp_path) as engine:
        token = ask(engine, "somebody").json()["data"]
        headers = {"Authorization": f"Bearer {token['token']}"}
        answer = httpx.get(engine.url + BALANCE, headers=headers).json()["data"]
    assert answer == {"available": 100, "frozen": 0, "total": 100}


# Tokens


def test_a_client_has_one_token_a_week_and_an_address_ten(tmp_path):
    with Engine(tmp_path, policy=SHARED) as engine:
        assert ask(engine, "first").status_code == 200
        again = ask(engine, "first")
        assert code_of(again) == (429, 429)
        assert 0 < int(again.headers["retry-after"]) <= 7 * 24 * 3600
        given = [ask(engine, f"client {number}").status_code for number in range(11)]
        assert given == [200] * 9 + [429] * 2


def test_a_token_expires(tmp_path):
    policy = Policy(token_seconds=0.5)
    with Engine(tmp_path, policy=policy) as engine, Caller(engine) as caller:
        time.sleep(0.6)
        assert code_of(caller.get(BALANCE)) == (401, 1001)


SCOPED = {
    "read": [
        ("GET", BALANCE, None),
        ("GET", "/api/state/nemo_agent/me/{session}/latest", None),
        ("GET", "/api/render/proxy/lambda/nothing", None),
        ("GET", "/api/render/proxy/nothing/download", None),
    ],
    "write": [
        ("POST", "/api/tasks/me/with-session/nemo_agent", {}),
        ("POST", "/api/auth/claim-token", {"session_id": "{session}"}),
        ("POST", "/run_sse", {"session_id": "{session}", "new_message": {"parts": []}}),
    ],
    "upload": [("POST", "/api/upload-video/nemo_agent/me/{session}", {"urls": []})],
    "render": [
        (
            "POST",
            "/api/render/proxy/lambda",
            {"id": "render_1", "sessionId": "{session}", "draft": {}},
        ),
        ("POST", "/api/render/proxy/lambda/nothing/cancel", {}),
    ],
}


@pytest.mark.parametrize("scope", [*SCOPED, "*"])
def test_a_token_is_good_for_its_scopes_alone(engine, scope):
    client = str(uuid.uuid4())
    token = ask(engine, client, scopes=[scope]).json()["data"]["token"]
    headers = {"Authorization": f"Bearer {token}", **ATTRIBUTION}
    for wanted, calls in SCOPED.items():
        for method, path, body in calls:
            answer = httpx.request(
                method, engine.url + path.format(session="1"), headers=headers, json=body
            )
            refused = answer.status_code == 403
            assert refused == (scope not in {wanted, "*"}), (scope, path)


def test_a_scope_that_is_none_is_refused(engine):
    assert code_of(ask(engine, "somebody", scopes=["everything"])) == (400, 400)
    assert code_of(ask(engine, "somebody", scopes=[])) == (400, 400)


# Limits


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    policy = Policy(
        seconds=3,
        pixels=192 * 108,
        tracks=2,
        frames=80,
        files=2,
        draft_tracks=3,
        segments=4,
        account_bytes=400_000,
    )
    with Engine(tmp_path_factory.mktemp("strict"), policy=policy) as engine:
        yield engine


@pytest.fixture
def tight(strict):
    with Caller(strict) as tight:
        yield tight


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: clip("long.mp3", seconds=4.0), "longer"),
        (lambda: clip("large.mp4", size=(256, 144), seconds=1.0), "pixels"),
        (lambda: clip("many.mp4", languages=("eng", "deu", "fra"), seconds=1.0), "sound tracks"),
        (lambda: clip("frames.mp4", seconds=2.9), "pictures"),
    ],
)
def test_what_is_enormous_is_refused_as_too_large(tight, strict, make, words):
    answer = tight.upload(make())
    assert code_of(answer) == (413, 4002)
    assert words in answer.json()["message"]
    assert not [*strict.home.glob("work/*/*")]


def test_a_picture_that_would_fill_the_memory_is_refused_unread(caller, engine):
    bomb = solid_png(place("bomb.png"), 9000, 9000)
    assert bomb.stat().st_size < 2_000_000
    answer = caller.upload(bomb)
    assert code_of(answer) == (415, 4001)
    assert "64 million pixels" in answer.json()["message"]
    assert not [*engine.home.glob("work/*/*")]


def solid_png(path, width, height):
    """Write a black picture (PNG, third edition: 5.3, 11.2.1 to 11.2.4), small on disk."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(1)
    rows = [packer.compress(bytes(1 + 3 * width)) for _ in range(height)]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", b"".join([*rows, packer.flush()]))
        + chunk(b"IEND", b"")
    )
    return path


def test_an_account_has_so_much_room(tight):
    sound = clip("two.wav", seconds=2.0)
    assert tight.upload(sound).status_code == 200
    answer = tight.upload(sound)
    assert code_of(answer) == (413, 4002)
    assert "account" in answer.json()["message"]


def test_a_request_has_so_many_files(tight):
    small = clip("a.mp3", seconds=1.0)
    assert code_of(tight.upload(small, small, small)) == (400, 400)


def test_a_draft_has_so_much_in_it(tight):
    tight.upload(clip("talk.mp4", seconds=2.0, sound="mix"))
    draft = tight.state()["draft"]
    segment = draft["t"][0]["sg"][0]
    for change in (
        {"t": [*draft["t"], {}, {}, {}]},
        {"t": [{**draft["t"][0], "sg": [segment] * 5}]},
        {"t": [{**draft["t"][0], "sg": [{**segment, "d": 10**12}]}]},
        {"d": 1e300},
        {"t": [{**draft["t"][0], "sg": [{**segment, "m": {**segment["m"], "start": 10**30}}]}]},
        {"t": [{**draft["t"][0], "sg": [{**segment, "m": {**segment["m"], "start": "9" * 99}}]}]},
        {"t": [{**draft["t"][0], "sg": [{**segment, "m": {**segment["m"], "fade_in": 10**400}}]}]},
        {"m": {**draft["m"], "width": 100_000, "height": 100_000}},
        {"m": {**draft["m"], "fps": 100_000}},
    ):
        answer = tight.render("render_1", {**copy.deepcopy(draft), **change})
        assert code_of(answer) == (400, 400), change


def test_an_account_has_so_many_jobs_open(tmp_path):
    with Engine(tmp_path, policy=Policy(open_jobs=2)) as strict, Caller(strict) as tight:
        tight.upload(clip("long.mp4", seconds=60.0, sound="mix"))
        body = tight.message("remove the music")
        with (
            tight.stream("POST", "/run_sse", json=body),
            tight.stream("POST", "/run_sse", json=body),
        ):
            for answer in (tight.post("/run_sse", json=body), tight.render("render_1")):
                assert code_of(answer) == (429, 429)
                assert answer.headers["retry-after"]
        with Caller(strict) as other:
            assert text_of(other.say("hello"))  # one account's jobs are nobody else's


def test_a_disk_must_keep_some_room(tmp_path):
    policy = Policy(free_bytes=10**18)
    with Engine(tmp_path, policy=policy) as engine, Caller(engine) as caller:
        answer = caller.upload(clip())
        assert code_of(answer) == (507, 507)
        assert "disk is full" in answer.json()["message"]


def test_an_account_that_is_full_exports_no_more(tmp_path):
    size = clip("talk.mp4").stat().st_size
    with Engine(tmp_path, policy=Policy(account_bytes=size + 1000)) as engine:
        with Caller(engine) as caller:
            assert caller.upload(clip("talk.mp4")).status_code == 200
            assert code_of(caller.upload(clip("talk.mp4"))) == (413, 4002)
            caller.render("render_1")  # there is room when it begins
            caller.finished("render_1")
            assert code_of(caller.render("render_2")) == (413, 4002)
        with Caller(engine) as other:
            assert other.upload(clip("talk.mp4")).status_code == 200


def test_two_uploads_at_once_are_no_way_around_the_limit(tmp_path):
    size = clip("talk.mp4").stat().st_size
    policy = Policy(account_bytes=round(1.5 * size))
    with Engine(tmp_path, policy=policy) as engine, Caller(engine) as caller:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: caller.upload(clip("talk.mp4")), range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 413, 413, 413]
        assert engine._backend.store.used() == size
