"""Channels of any layout are separated in groups that keep step."""

import numpy as np
import pytest

from cogwidgets.engine.media.channels import channel_groups, separate_channels


@pytest.mark.parametrize(
    ("layout", "groups"),
    [
        ("mono", [[0]]),
        ("stereo", [[0, 1]]),
        ("2.1", [[0, 1], [2]]),
        ("quad", [[0, 1], [2, 3]]),
        ("5.1", [[0, 1], [2], [3], [4, 5]]),
        ("5.1(side)", [[0, 1], [2], [3], [4, 5]]),
        ("7.1", [[0, 1], [2], [3], [4, 5], [6, 7]]),
        ("2 channels", [[0, 1]]),
    ],
)
def test_left_goes_with_right(layout, groups):
    assert channel_groups(layout) == groups


class Halving:
    """A separator's stream that halves the sound, in chunks of its own, some blocks late."""

    def __init__(self):
        self.widths = []
        self.most_held = 0

    def stream(self, blocks):
        held = []
        for number, block in enumerate(blocks):
            if number == 0:
                self.widths.append(block.shape[1])
            held.append(block)
            self.most_held = max(self.most_held, len(held))
            if len(held) == 5 + len(self.widths):
                yield np.concatenate(held) / 2
                held = []
        if held:
            yield np.concatenate(held) / 2


def noise(samples, channels):
    return np.random.default_rng(0).normal(size=(samples, channels)).astype(np.float32)


def test_groups_of_surround_stay_aligned():
    samples = noise(10_000, 6)
    separator = Halving()
    pairs = list(separate_channels(np.array_split(samples, 83), "5.1", separator.stream))
    originals, speech = (np.concatenate(part) for part in zip(*pairs, strict=True))
    np.testing.assert_array_equal(originals, samples)
    np.testing.assert_array_equal(speech, samples / 2)
    assert sorted(separator.widths) == [1, 1, 2, 2]


def test_silent_channels_cost_nothing():
    samples = noise(5000, 6)
    samples[:, 3:] = 0
    separator = Halving()
    pairs = list(separate_channels(np.array_split(samples, 50), "5.1", separator.stream))
    assert sorted(separator.widths) == [1, 2]
    np.testing.assert_array_equal(np.concatenate([speech for _, speech in pairs]), samples / 2)


def test_a_channel_may_wake_up_late():
    samples = noise(5000, 2)
    samples[:3000] = 0
    pairs = list(separate_channels(np.array_split(samples, 50), "stereo", Halving().stream))
    np.testing.assert_array_equal(np.concatenate([speech for _, speech in pairs]), samples / 2)


def test_no_sound_gives_nothing():
    assert list(separate_channels([], "stereo", Halving().stream)) == []
