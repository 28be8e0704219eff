"""A medium's sketch: made once, by an unguessable URL, and no way to any other file."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from clips import clip, picture
from conftest import Caller, code_of

from cogwidgets.engine import Engine


def test_an_upload_has_a_sketch(caller):
    [told] = caller.upload(clip()).json()["data"]["files"]
    with ThreadPoolExecutor(3) as at_once:
        answers = list(at_once.map(caller.get, [told["sketch_url"]] * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    sketch = answers[0].json()
    assert sketch["waveform"]["peaks"]
    assert sketch["thumbnails"][0]["image"].startswith("data:image/jpeg;base64,")
    assert caller.state()["video_infos"][0]["sketch_url"] == told["sketch_url"]


def test_the_speech_has_one_too(caller, sample):
    caller.upload(sample)
    caller.say("remove the music")
    [speech] = [m for m in caller.state()["generated_media"] if m["type"] == "speech"]
    sketch = caller.get(speech["sketch_url"]).json()
    assert sketch["waveform"]["peaks"]
    assert sketch["thumbnails"] == []


@pytest.mark.parametrize("path", ["/sketch/0/a.mp4", "/sketch/{id}/other.mp4", "/sketch/..%2f/x"])
def test_no_other_file_is_sketched(caller, path):
    [told] = caller.upload(picture()).json()["data"]["files"]
    answer = caller.get(path.format(id=told["source"].split("/")[2]))
    assert code_of(answer) == (404, 404)
    of_itself = caller.get(told["sketch_url"]).url.path
    again = caller.get(of_itself + ".sketch.json")
    assert code_of(again) == (404, 404)


def test_a_sketch_outlives_its_engine(tmp_path):
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        [told] = caller.upload(picture()).json()["data"]["files"]
        first = caller.get(told["sketch_url"]).text
        path = told["sketch_url"].removeprefix(engine.url)
    with Engine(tmp_path) as engine, Caller(engine) as caller:
        assert caller.get(path).text == first
