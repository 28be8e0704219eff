"""What holds of every talk: putting right is saying it right, and the same is done beside."""

import pytest
from shelf import outcome, written

from cogwidgets.engine.agent.said import opened

RIGHT = [
    ("trim to {}", "15 seconds", "12 seconds"),
    ("cut {}", "the first 3 seconds", "0:10 to 0:20"),
    ("mute {}", "the first 3 seconds", "the last third"),
    ("blur {}", "0:03 to 0:06", "the second half"),
    ("speed up {}", "the first 10 seconds", "0:30-0:40"),
    ("split at {}", "0:10", "0:25"),
    ("add a title \u201cHi\u201d for {}", "3 seconds", "7 seconds"),
    ("fade out over {}", "3 seconds", "5 seconds"),
]
SAYING = ["actually {}", "no, {}", "sorry, I meant {}", "make it {} instead", "不对，{}"]


@pytest.mark.parametrize("saying", SAYING)
@pytest.mark.parametrize(("wish", "wrong", "right"), RIGHT)
def test_putting_right_is_saying_it_right_at_once(wish, wrong, right, saying):
    before, after, _ = outcome(f"{wish.format(wrong)} || {saying.format(right)}", "one")
    assert written(before, after) == written(*outcome(wish.format(right), "one")[:2])


@pytest.mark.parametrize("wish", ["cut the first 3 seconds", "mute the first 3 seconds"])
@pytest.mark.parametrize("same", ["the same at the end", "and also the last 3 seconds"])
def test_doing_the_same_elsewhere_leaves_the_first_where_it_is(wish, same):
    before, after, _ = outcome(f"{wish} || {same}", "one")
    both = wish.replace("first 3 seconds", "first 3 seconds and the last 3 seconds")
    assert written(before, after) == written(*outcome(both, "one")[:2])


@pytest.mark.parametrize("back", ["put it back", "never mind", "bring that back", "还是不要了"])
@pytest.mark.parametrize(
    "wish", ["cut the first 3 seconds", "add a title “A”", "变黑白", "加点音乐"]
)
def test_what_is_given_back_is_as_it_was(wish, back):
    before, after, _ = outcome(f"{wish} || {back}", "one")
    assert after == before


@pytest.mark.parametrize(
    "said", ["no music please", "note the title", "well-lit please", "不要音乐"]
)
def test_an_opening_is_no_part_of_a_wish(said):
    assert opened(said).end == 0
