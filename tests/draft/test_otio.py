"""Drafts in OpenTimelineIO: they come back as they went, and other programs read them."""

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogwidgets.draft import Draft
from cogwidgets.draft.otio import from_otio, to_otio

DRAFT = Draft(
    {
        "d": 9000,
        "m": {"title": "my vlog", "width": 1280, "height": 720, "fps": 25},
        "unknown": {"kept": [1, None, "ü"]},
        "t": [
            {
                "tt": 0,
                "m": {"name": "Video"},
                "sg": [
                    {
                        "d": 4000,
                        "m": {
                            "id": "a",
                            "name": "vlog",
                            "source": "/media/1/vlog.mp4",
                            "source_start": 1000,
                            "speech": {"source": "/media/2/s.flac", "music": [[2000, 3000]]},
                        },
                    },
                    {
                        "d": 5000,
                        "m": {
                            "id": "b",
                            "source": "/media/3/b.mp4",
                            "speed": 2.0,
                            "transition": {"kind": "crossfade", "d": 500},
                        },
                    },
                ],
            },
            {
                "tt": 7,
                "sg": [
                    {"d": 2000, "m": {"text": "Day one", "start": 1000}},
                    {"d": 2000, "m": {"text": "and over it", "start": 1500}},
                    {"d": 1000, "m": {"text": "later", "start": 6000}},
                ],
            },
            {"tt": 99, "sg": []},
        ],
    }
)


def test_it_says_things_in_the_words_of_the_trade():
    timeline = to_otio(DRAFT, media={"/media/3/b.mp4": "file:///clips/b.mp4"})
    assert timeline.name == "my vlog"
    main, titles, more, _ = timeline.tracks
    first, dissolve, second = main
    assert (first.name, first.source_range.start_time.to_seconds()) == ("vlog", 1.0)
    assert first.source_range.duration.rate == 25
    assert first.media_reference.available_range.duration.to_seconds() == 5.0
    assert first.markers[0].name == "music removed"
    assert first.markers[0].marked_range.start_time.to_seconds() == pytest.approx(2.0)
    assert dissolve.transition_type == otio.schema.TransitionTypes.SMPTE_Dissolve
    assert second.media_reference.target_url == "file:///clips/b.mp4"
    assert second.effects[0].time_scalar == 2.0
    assert isinstance(titles[0], otio.schema.Gap)
    assert [clip.name for clip in titles.find_clips()] == ["Day one", "later"]
    assert [clip.name for clip in more.find_clips()] == ["and over it"]
    assert more.range_of_child(more[1]).start_time.to_seconds() == 1.5


def test_it_comes_back_as_it_went_through_a_file(tmp_path):
    path = str(tmp_path / "vlog.otio")
    otio.adapters.write_to_file(to_otio(DRAFT), path)
    assert from_otio(otio.adapters.read_from_file(path)) == DRAFT


segments = st.lists(
    st.builds(
        lambda d, start, speed: {"d": d, "m": {"start": start, "speed": speed, "source": "a"}},
        st.integers(0, 100_000),
        st.integers(0, 100_000),
        st.sampled_from([0.25, 1.0, 1.1, 3]),
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(
    st.lists(st.builds(lambda tt, sg: {"tt": tt, "sg": sg}, st.sampled_from([0, 1, 7]), segments))
)
def test_every_draft_comes_back(tracks):
    draft = Draft({"t": tracks})
    assert from_otio(to_otio(draft)).raw.get("t", []) == tracks


def test_another_programs_timeline_becomes_a_draft():
    def span(start, seconds):
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(start * 24, 24), otio.opentime.RationalTime(seconds * 24, 24)
        )

    track = otio.schema.Track("V1", kind="Video")
    track.append(
        otio.schema.Clip(
            "shot 1",
            otio.schema.ExternalReference("file:///a.mov", available_range=span(3600, 60)),
            span(3610, 4),
        )
    )
    track.append(otio.schema.Gap(duration=otio.opentime.RationalTime(24, 24)))
    track.append(otio.schema.Clip("shot 2", source_range=span(0, 2)))
    timeline = otio.schema.Timeline("film")
    timeline.tracks.append(track)
    draft = from_otio(timeline)
    assert draft.title == "film"
    assert draft.duration == 7
    one, two = draft.segments
    assert (one.name, one.start, one.duration, one.source) == ("shot 1", 0, 4, "file:///a.mov")
    assert one.meta["source_start"] == 10_000
    assert (two.name, two.start, two.duration) == ("shot 2", 5, 2)
