"""Music is chosen by mood, the same for the same video, and named for people."""

import pytest

from cogwidgets.engine.media.music import MOODS, choose, tracks


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_has_tracks_with_names_of_their_own(mood):
    known = tracks(mood)
    assert len(known) >= 5
    assert all(track.path.is_file() and track.mood == mood for track in known)
    names = [track.name for track in known]
    assert len(set(names)) == len(names)
    assert all(name.startswith(mood.capitalize()) and "_" not in name for name in names)
    assert all("royalty-free" in track.licence for track in known)


def test_the_choice_depends_on_the_seed_alone():
    assert choose("calm", "one.mp4") == choose("calm", "one.mp4")
    assert len({choose("calm", f"{n}.mp4").name for n in range(40)}) == len(tracks("calm"))


def test_an_unknown_mood_is_refused():
    with pytest.raises(ValueError, match="calm"):
        choose("gloomy", "one.mp4")
