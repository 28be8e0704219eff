import json
import threading
import time

import httpx
import pytest
from clips import clip, decoded
from conftest import Caller, text_of


@pytest.fixture(scope="module")
def cleaned(engine, sample):
    """The shipped sample after one message, and the events of that turn."""
    with Caller(engine, name="my vlog") as caller:
        caller.upload(sample)
        events = caller.say("Remove the background music and put something calm under it.")
        yield caller, events


def parts_of(events, kind):
    return [
        part[kind]
        for event in events
        for part in event.get("content", {}).get("parts", [])
        if kind in part
    ]


def test_a_turn_tells_its_tools_its_progress_and_what_it_did(cleaned):
    _, events = cleaned
    calls, responses = parts_of(events, "functionCall"), parts_of(events, "functionResponse")
    assert [call["name"] for call in calls] == ["separate_audio", "add_music"]
    assert [call["id"] for call in calls] == [response["id"] for response in responses]
    assert calls[1]["args"] == {"mood": "calm"}
    fractions = [
        event["actions"]["stateDelta"]["progress"]["fraction"]
        for event in events
        if "progress" in event.get("actions", {}).get("stateDelta", {})
    ]
    assert fractions
    assert fractions == sorted(fractions)
    text = text_of(events)
    assert "removed the background music from 'vlog' (0:00–0:23)" in text
    assert "(calm, royalty-free)" in text


def test_events_have_the_kits_shape(cleaned):
    _, events = cleaned
    assert len({event["invocationId"] for event in events}) == 1
    assert len({event["id"] for event in events}) == len(events)
    assert {event["author"] for event in events} == {"nemo_agent"}
    assert all(isinstance(event["timestamp"], float) for event in events)


def test_the_state_shows_what_was_done(cleaned):
    caller, events = cleaned
    state = caller.state()
    deltas = [event["actions"]["stateDelta"] for event in events if "actions" in event]
    assert [delta["draft"] for delta in deltas if "draft" in delta][-1] == state["draft"]
    assert state["draft"]["m"]["title"] == "my vlog"
    video, music = state["draft"]["t"]
    speech = video["sg"][0]["m"]["speech"]
    assert speech["strength"] == "normal"
    assert speech["music"]
    assert speech["music"][-1][1] <= state["draft"]["d"]
    assert (music["tt"], music["sg"][0]["m"]["mood"]) == (1, "calm")
    assert {medium["type"] for medium in state["generated_media"]} == {"speech", "music"}
    assert [v["reason"] for v in state["draft_versions"]] == ["upload", "separate_audio; add_music"]
    assert [v["version"] for v in state["draft_versions"]] == [1, state["draft_version"]]
    assert state["history"] == {"undo": 1, "redo": 0}
    [analysis] = state["video_analyses"]
    assert analysis["filename"] == "vlog.mp4"
    assert analysis["streams"][0]["music"]


def test_the_music_really_is_gone(cleaned):
    caller, _ = cleaned
    speech = caller.state()["draft"]["t"][0]["sg"][0]["m"]["speech"]["source"]
    [upload] = caller.state()["video_infos"]
    levels = []
    for path in (upload["source"], speech):
        name = path.rpartition("/")[2]
        copy = clip().with_name(name)
        copy.write_bytes(caller.get(path).content)
        sound, rate, _ = decoded(copy)
        tail = sound[round(20.2 * rate) : round(22.5 * rate)]  # only music is left there
        levels.append(float((tail**2).mean()))
    assert levels[1] < levels[0] / 1000


def test_asked_again_it_says_so_and_works_no_more(cleaned):
    caller, _ = cleaned
    before = caller.state()
    events = caller.say("remove the copyrighted music")
    assert "already removed" in text_of(events)
    assert not any("progress" in json.dumps(event.get("actions", {})) for event in events)
    assert caller.state() == before


def test_another_strength_separates_anew_and_both_are_kept(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=4.0, sound="mix"))
        caller.say("remove the music")
        caller.say("remove the music gently")
        state = caller.state()
        assert state["draft"]["t"][0]["sg"][0]["m"]["speech"]["strength"] == "light"
        assert [a["strength"] for a in state["video_analyses"]] == ["normal", "light"]
        source = state["video_infos"][0]["source"]
        assert {a["source"] for a in state["video_analyses"]} == {source}
        events = caller.say("remove the music, strength normal")
        assert len(caller.state()["video_analyses"]) == 2
        assert not any("progress" in json.dumps(e.get("actions", {})) for e in events)


def test_a_laid_track_changes_goes_and_the_original_comes_back(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=4.0, sound="mix"))
        original = caller.state()["draft"]
        caller.say("replace the music with something happy")
        first = caller.state()["draft"]["t"][1]["sg"][0]["m"]
        caller.say("another track please, something happy")
        second = caller.state()["draft"]["t"][1]["sg"][0]["m"]
        assert first["mood"] == second["mood"] == "happy"
        assert first["name"] != second["name"]
        assert "took away" in text_of(caller.say("remove the music"))
        assert len(caller.state()["draft"]["t"]) == 1
        caller.say("put the original music back")
        assert caller.state()["draft"] == original


def test_ones_own_track_is_laid(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=4.0, sound="mix"))
        assert "theme.mp3" in caller.say("use theme.mp3 as background music")[-1]["errorMessage"]
        assert "speech" not in caller.state()["draft"]["t"][0]["sg"][0]["m"]
        theme = caller.upload(clip("theme.mp3", seconds=2.0)).json()["data"]["files"][0]
        events = caller.say("use Theme.mp3 as background music")
        assert "'theme'" in text_of(events)
        video, music = caller.state()["draft"]["t"]
        assert "speech" not in video["sg"][0]["m"]  # nobody asked to take its own music out
        assert music["sg"][0]["m"]["source"] == theme["source"]
        assert music["sg"][0]["d"] == video["sg"][0]["d"]


def test_a_track_is_added_without_removing(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        caller.say("add some energetic music")
        video, music = caller.state()["draft"]["t"]
        assert "speech" not in video["sg"][0]["m"]
        assert music["sg"][0]["m"]["mood"] == "energetic"


def test_chinese_is_answered_in_chinese(engine):
    with Caller(engine, language="zh") as caller:
        caller.upload(clip("talk.mp4", seconds=4.0, sound="mix"))
        text = text_of(caller.say("把背景音乐换成欢快的"))
        assert "已去掉" in text
        assert "欢快" in text
        assert caller.state()["draft"]["t"][1]["sg"][0]["m"]["mood"] == "happy"


def test_a_sound_file_alone_is_cleaned_too(engine):
    with Caller(engine) as caller:
        caller.upload(clip("podcast.mp3", seconds=4.0, sound="mix"))
        assert caller.state()["draft"] == {}
        caller.say("remove the music")
        [track] = caller.state()["draft"]["t"]
        assert (track["tt"], "speech" in track["sg"][0]["m"]) == (1, True)


def test_sound_without_music_stays_as_it_was(engine):
    with Caller(engine) as caller:
        caller.upload(clip("speech.mp4", seconds=6.0, sound="speech"))
        before = caller.state()["draft"]
        assert "no music" in text_of(caller.say("remove the music"))
        assert caller.state()["draft"] == before


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("what can you do?", "remove the background music"),
        ("which moods do you have?", "nostalgic"),
        ("how do I remove the music?", "Say, for example"),
        ("is the music removed?", "own sound"),
        ("don't remove the music", "nothing was changed"),
        ("add captions", "'add captions'"),
        ("flibbertigibbet", "did not understand"),
        ("", "did not understand"),
        ("导出", "导出"),
    ],
)
def test_what_is_no_edit_is_answered_and_changes_nothing(engine, said, answered):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        before = caller.state()
        assert answered in text_of(caller.say(said))
        assert caller.state() == before


def test_what_cannot_be_done_is_named_beside_what_was(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4"))
        text = text_of(caller.say("add calm music, make captions and export"))
        assert "calm" in text
        assert "captions" in text
        assert "export the session" in text


def test_without_a_video_it_asks_for_one(caller):
    [event] = caller.say("remove the music")
    assert event["errorCode"] == "no_clip"
    assert "upload" in event["errorMessage"]


def test_a_video_without_sound_is_a_failure_inside_the_stream(caller):
    caller.upload(clip("mute.mp4", audio=None))
    events = caller.say("remove the music")
    assert events[-1]["errorCode"] == "no_audio"
    assert "mute.mp4" in events[-1]["errorMessage"]
    assert caller.state()["draft_version"] == 1


def test_streaming_sends_deltas_that_add_up_to_the_text(caller):
    events = caller.say("what can you do?", streaming=True)
    deltas = [event for event in events if event.get("partial")]
    assert len(deltas) > 5
    joined = "".join(event["content"]["parts"][0]["text"] for event in deltas)
    assert joined == text_of(events)
    assert not events[-1].get("partial")


def test_camel_case_is_understood_too(caller):
    body = {"appName": "nemo_agent", "userId": "me", "sessionId": caller.session}
    body["newMessage"] = {"role": "user", "parts": [{"text": "help"}, {"inlineData": {}}]}
    assert "remove" in caller.post("/run_sse", json=body).text


def test_an_unknown_session_is_a_404_with_a_detail(caller):
    answer = caller.post("/run_sse", json={**caller.message("help"), "session_id": "1" * 19})
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_a_client_that_leaves_in_the_middle_finds_the_edit_done_once(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=6.0, sound="mix"))
        message = caller.message("replace the music with calm music")
        with caller.stream("POST", "/run_sse", json=message) as turn:
            for line in turn.iter_lines():
                if "functionCall" in line:
                    break
        wait_until(lambda: caller.state()["draft_version"] == 2)
        time.sleep(0.2)
        state = caller.state()
        assert state["draft_version"] == 2
        assert len(state["draft"]["t"]) == 2
        assert len(state["video_analyses"]) == 1


def test_messages_to_one_session_wait_for_one_another(engine):
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=6.0, sound="mix"))
        # In any order the outcome is the same.
        said = ["remove the music", "rotate the video 90 degrees", 'add the title "One"']
        turns = {}

        def say(text):
            answer = httpx.post(
                engine.url + "/run_sse",
                json=caller.message(text),
                headers=caller.headers,
                timeout=60,
            )
            turns[text] = answer.text

        threads = [threading.Thread(target=say, args=(text,)) for text in said]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not any("errorCode" in text for text in turns.values())
        assert caller.state()["draft_version"] == 4
        video, titles = caller.state()["draft"]["t"]
        assert "speech" in video["sg"][0]["m"]
        assert (video["sg"][0]["m"]["rotate"], len(titles["sg"])) == (90, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"session_id": 5, "new_message": {"parts": []}}',
        b'{"session_id": "1", "new_message": {"parts": "x"}}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_right_is_refused_in_words(caller, body):
    answer = caller.post("/run_sse", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert answer.json()["message"]


def test_a_body_beyond_reason_is_refused(caller):
    answer = caller.post("/run_sse", content=b'{"session_id": "' + bytes(17 * 2**20))
    assert answer.status_code == 413


def test_unknown_routes_and_methods_are_said_to_be_so(engine):
    for method, path in [("GET", "/api/v1/generate"), ("DELETE", "/run_sse"), ("GET", "/run_sse")]:
        answer = httpx.request(method, engine.url + path)
        assert answer.status_code in {404, 405}
        assert answer.json()["message"].startswith(f"There is no {method} {path}")


def wait_until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Several edits, history, references


def clips_of(state):
    return [(s["m"]["name"], s["d"]) for s in state["draft"]["t"][0]["sg"]]


@pytest.fixture
def talk(engine):
    """Somebody whose session has a video of 12 s."""
    with Caller(engine) as caller:
        caller.upload(clip("talk.mp4", seconds=12.0, sound="speech"))
        yield caller


def test_several_edits_are_done_in_the_order_said_and_told_with_figures(talk):
    events = talk.say('cut the first 2 seconds, add a title "Hi" at the top and speed it up 2x')
    assert [c["name"] for c in parts_of(events, "functionCall")] == ["cut", "add_text", "speed"]
    text = text_of(events)
    for said in ("0:00–0:02", "0:10", "“Hi”", "2x speed", "0:05"):
        assert said in text
    state = talk.state()
    assert clips_of(state) == [("talk", pytest.approx(5000, abs=50))]
    assert state["draft_version"] == 2


def test_every_edit_can_be_undone_and_done_again(talk):
    drafts = [talk.state()["draft"]]
    for said in ("trim the first 3 seconds", "make it black and white", "volume 50%"):
        talk.say(said)
        drafts.append(talk.state()["draft"])
    for before in reversed(drafts[:-1]):
        assert "undid" in text_of(talk.say("undo"))
        assert talk.state()["draft"] == before
    assert "nothing to undo" in text_of(talk.say("undo"))
    for after in drafts[1:]:
        talk.say("重做")
        assert talk.state()["draft"] == after
    talk.say("undo the last 2 edits")
    assert talk.state()["draft"] == drafts[1]
    talk.say("start over")
    assert talk.state()["draft"] == drafts[0]
    talk.say("undo")
    assert talk.state()["draft"] == drafts[1]


def test_an_undo_takes_the_edits_of_its_own_message_back_first(talk):
    talk.say("trim the first 3 seconds")
    trimmed = talk.state()["draft"]
    talk.say("make it black and white and undo")
    assert talk.state()["draft"] == trimmed
    talk.say("undo")
    assert talk.state()["draft"]["d"] > trimmed["d"]


def test_a_crossfade_that_is_taken_away_has_taken_nothing(talk):
    talk.say("split it at 2 seconds")
    split = talk.state()["draft"]
    talk.say("add a crossfade of 1 second")
    assert talk.state()["draft"]["d"] == split["d"] - 1000
    talk.say("remove the transitions")
    assert talk.state()["draft"]["d"] == split["d"]
    assert talk.state()["draft"]["t"] == split["t"]


def test_it_is_what_the_message_before_was_about(talk):
    talk.say('add a title "Hello"')
    talk.say("make it red and bigger")
    [title] = talk.state()["draft"]["t"][1]["sg"]
    assert title["m"]["color"] == "#ff0000"
    assert title["m"]["size"] > 0.06


def test_what_is_ambiguous_is_asked_once_and_the_answer_is_understood(talk):
    before = talk.state()
    assert "Which part" in text_of(talk.say("trim it"))
    assert talk.state() == before
    talk.say("the first 5 seconds")
    assert clips_of(talk.state()) == [("talk", pytest.approx(7000, abs=50))]


def test_a_title_without_words_asks_for_them(talk):
    assert "What shall it say" in text_of(talk.say("add a title at the top"))
    talk.say("summer in the mountains")
    [title] = talk.state()["draft"]["t"][1]["sg"]
    assert (title["m"]["text"], title["m"]["position"]) == ("summer in the mountains", "top")


def test_what_is_not_here_is_said_with_the_nearest_and_how_to_get_it(talk):
    before = talk.state()
    text = text_of(talk.say("generate a video of a cat and add a voiceover"))
    for said in ("not here", "slideshow", "NEMO_TOKEN", 'connect("cloud")'):
        assert said in text
    assert "connect" in text_of(talk.say("自动加字幕"))
    assert talk.state() == before


def test_a_part_that_cannot_be_done_keeps_no_other_from_being_done(talk):
    text = text_of(talk.say("cut 0:40 to 0:50, add fireworks and mute it"))
    for said in ("beyond the end", "add fireworks", "muted"):
        assert said in text
    assert talk.state()["draft"]["t"][0]["sg"][0]["m"]["mute"] is True


def test_the_service_leaves_a_share_of_edits_without_a_word(talk, engine):
    engine.behaviour = "service"
    try:
        silent = []
        for number in range(40):
            events = talk.say(f"volume {number + 1}%")
            silent.append(not text_of(events))
            volume = talk.state()["draft"]["t"][0]["sg"][0]["m"]["volume"]
            assert volume == pytest.approx((number + 1) / 100)
            if True in silent and False in silent:
                break
        assert {True, False} == set(silent)
        assert text_of(talk.say("what can you do?"))
    finally:
        engine.behaviour = "plain"


def test_silences_are_found_and_noise_is_taken_out(engine):
    with Caller(engine) as caller:
        caller.upload(clip("pauses.mp4", seconds=8.0, sound="pauses"))
        text = text_of(caller.say("remove the silences and reduce the background noise"))
        assert "silence" in text
        assert "noise" in text
        state = caller.state()
        assert state["draft"]["d"] < 7000
        denoised = state["draft"]["t"][0]["sg"][0]["m"]["denoised"]
        assert caller.get(denoised["source"]).status_code == 200
        assert "denoised" in {medium["type"] for medium in state["generated_media"]}
        assert "already" in text_of(caller.say("denoise it"))


def test_a_frame_becomes_the_thumbnail(talk):
    talk.say("use the frame at 0:05 as the thumbnail")
    picture = talk.state()["canvas_config"]["thumbnail"]
    assert picture["at"] == 5000
    assert talk.get(picture["source"]).content[:2] == b"\xff\xd8"  # JPEG


def test_clips_and_images_are_put_together(engine):
    with Caller(engine) as caller:
        caller.upload(clip("one.mp4", seconds=2.0), clip("two.mp4", seconds=3.0))
        caller.say("join the clips with a crossfade")
        names = [name for name, _ in clips_of(caller.state())]
        assert names == ["one", "two"]
        assert caller.state()["draft"]["t"][0]["sg"][1]["m"]["transition"]["kind"] == "crossfade"
