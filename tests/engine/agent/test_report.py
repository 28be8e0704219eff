"""What is answered to questions about the state: the very thing that was asked."""

import pytest
from shelf import _one, carried

from cogwidgets.engine.agent.report import Done, report
from cogwidgets.engine.agent.stating import stated

DONE = [Done("cut", "I cut out 0:00–0:03.", 60_000), Done("effects", "I set sepia.", 57_000)]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("how loud is it now?", "level"), ("can you tell me how loud it is?", "level"),
        ("现在音量是多少", "level"), ("what speed is it now", "speed"), ("现在是几倍速", "speed"),
        ("what did you change so far?", "changed"), ("你都改了哪些地方", "changed"),
        ("what did you just do?", "last"), ("how much did you cut?", "cut"), ("剪了几秒", "cut"),
        ("现在顺序是什么", "order"), ("which clips do i have?", "order"),
        ("list my clips", "order"),
        ("what does the title say?", "text"), ("这样现在尺寸是多少", "size"),
        ("make it louder", None), ("能不能把顺序换一下", None),
        ("how long will the export take?", None),
        ("could you put them in chronological order?", None),
        ("what filters do you have?", None),
    ],
)  # fmt: skip
def test_what_is_asked_of_the_state_is_told_from_requests_and_from_the_engine(asked, kind):
    assert stated(asked) == kind


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("level", "60% of the recording's volume"),
        ("speed", "2x speed"),
        ("order", "1. vlog (0:00–0:30). Uploaded, but not on the timeline: beach, photo1"),
        ("size", "1920×1080"),
        ("effects", "sepia"),
        ("text", "“Hi” is shown at 0:00–0:04"),
        ("music", "(happy, royalty-free) plays at 0:00–0:30"),
        ("changed", "I cut out 0:00–0:03. I set sepia."),
        ("last", "This was done: I set sepia."),
        ("cut", "That is 30 s shorter"),
        ("transitions", "no transitions"),
        ("length", "0:30"),
    ],
)
def test_a_question_about_the_state_is_answered_with_what_it_asks(kind, answer):
    draft = carried('volume 60%, 2x speed, sepia, title "Hi", add happy music')
    assert answer in report(kind, draft, "en", done=DONE, pictures=_one()[1])


def test_what_differs_from_clip_to_clip_is_told_of_each():
    draft = carried("make the second clip twice as fast")
    told = report("speed", draft, "en")
    assert "vlog 0:00–1:00: normal speed; beach 1:00–1:10: 2x speed" in told
