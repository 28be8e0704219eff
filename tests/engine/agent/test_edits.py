import asyncio
import copy

import pytest

from cogwidgets.engine.agent import drafts
from cogwidgets.engine.agent.drafts import Clip, Music, Speech
from cogwidgets.engine.agent.edits import EDITS, AddMusic, RemoveMusic, RestoreMusic

CLIP = Clip(source="/media/0/v.mp4", name="v", duration=9000, width=64, height=36, fps=30.0)
SPEECH = Speech(
    source="/media/1/speech-1.flac",
    streams=["/media/1/speech-1.flac"],
    strength="normal",
    music=[[0, 9012]],
)
CALM = Music(source="/media/2/track.opus", name="Calm 1", mood="calm")


@pytest.fixture
def draft():
    return drafts.with_clip({"unknown": 1}, CLIP, title="my vlog")


def test_a_clip_makes_a_draft_of_the_contracts_shape(draft):
    assert draft["d"] == 9000
    assert draft["m"] == {"title": "my vlog", "width": 64, "height": 36, "fps": 30.0}
    assert [(track["tt"], len(track["sg"])) for track in draft["t"]] == [(0, 1)]
    assert draft["t"][0]["sg"][0]["m"]["source"] == CLIP["source"]


def test_no_function_changes_its_draft_or_drops_unknown_keys(draft):
    before = copy.deepcopy(draft)
    for new in (
        drafts.with_speech(draft, {CLIP["source"]: SPEECH}),
        drafts.with_music(draft, CALM),
        drafts.without_speech(draft),
        drafts.without_music_segments(draft),
    ):
        assert draft == before
        assert new["unknown"] == 1


def test_speech_and_its_removal_are_inverse(draft):
    cleaned = drafts.with_speech(draft, {CLIP["source"]: SPEECH})
    assert drafts.clips(cleaned)[0]["m"]["speech"]["music"] == [[0, 9000]]
    assert drafts.without_speech(cleaned) == draft


def test_a_second_track_takes_the_place_of_the_first(draft):
    first = drafts.with_music(draft, CALM)
    second = drafts.with_music(first, Music(source="/media/3/t.opus", name="Happy 1", mood="happy"))
    assert [s["m"]["name"] for s in drafts.music_segments(second)] == ["Happy 1"]
    assert drafts.without_music_segments(second) == draft


def test_a_laid_track_fills_the_draft_and_says_how_it_is_mixed(draft):
    [segment] = drafts.music_segments(drafts.with_music(draft, CALM))
    assert segment["d"] == draft["d"]
    assert segment["m"]["role"] == "music"
    assert segment["m"]["loop"]
    assert segment["m"]["duck"]
    assert -16 <= segment["m"]["loudness"] <= -14


def test_every_edit_of_the_table_has_a_name_of_its_own():
    assert len({edit.tool for edit in EDITS}) == len(EDITS)
    assert {RemoveMusic, AddMusic, RestoreMusic} <= set(EDITS)


def test_restoring_needs_no_work(draft):
    cleaned = drafts.with_speech(draft, {CLIP["source"]: SPEECH})
    made = asyncio.run(RestoreMusic().carry_out(cleaned, None, print))
    assert made.draft == draft
