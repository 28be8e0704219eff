"""Interface talk becomes actions, and nothing that tells of the film is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.client.phrasing import Said, plain

EXPORT, STATE, CREDITS, UPLOAD = map(Said, ("export", "state", "credits", "upload"))


def _message(text):
    return Said("message", text)


TALK = [
    ("Click the Export button in the top right to download your video.", "", EXPORT),
    ("Click Export.", "", EXPORT),
    ('Click "Export" when you\'re ready.', "", EXPORT),
    ("Simply tap **Download** to save it.", "", EXPORT),
    ("If you're happy with it, click Export in the top-right corner!", "", EXPORT),
    ("You can now export your video.", "", EXPORT),
    ("Press the export button to render.", "", EXPORT),
    ("The Export button is in the top right corner.", "", EXPORT),
    ("Click Export, I have set the volume to 35%.", "I have set the volume to 35%.", EXPORT),
    (
        "Click Export to download, or let me know what else to change.",
        "Let me know what else to change.",
        EXPORT,
    ),
    ("**I removed the music. Click Export.**", "**I removed the music.**", EXPORT),
    ("I removed the music. You can preview it in the timeline.", "I removed the music.", STATE),
    ("I removed the music, and you can preview it in the timeline!", "I removed the music!", STATE),
    ("I removed the music (you can preview it in the timeline).", "I removed the music.", STATE),
    ("I cut the end – open the timeline to see it.", "I cut the end.", STATE),
    ("Would you like to preview it in the timeline?", "", STATE),
    ("Open the audio panel to see the levels.", "", STATE),
    ("Feel free to check the timeline.", "", STATE),
    ("Play the video to hear the difference.", "", STATE),
    ("Use the volume slider to change the level.", "", STATE),
    ("Please check your account or billing settings.", "", CREDITS),
    ("Check your account/billing.", "", CREDITS),
    ("Top up in your account.", "", CREDITS),
    ("Go to the billing page to upgrade.", "", CREDITS),
    ("Click Upload to add your clip.", "", UPLOAD),
    ("Drag and drop your video here.", "", UPLOAD),
    ("Drag the clip to the timeline.", "", _message("Drag the clip to the timeline")),
    ("You can drag the clip to 0:05.", "", _message("drag the clip to 0:05")),
    ("Click Undo.", "", _message("Click Undo")),
    ("我已经把音乐去掉了。您可以点击右上角的导出按钮。", "我已经把音乐去掉了。", EXPORT),
    ("我已去掉音乐，您可以在时间线中预览。", "我已去掉音乐。", STATE),
    ("点击“导出”按钮，即可下载。", "", EXPORT),
    ("如果您满意了，點擊導出即可下載視頻。", "", EXPORT),
    ("您可以导出视频了。", "", EXPORT),
    ("您可以在右侧的音频面板中调整音量。", "", STATE),
    ("If you want the music back, click Undo.", "", _message("click Undo")),
    ("I've muted the clip, so you can now export it.", "I've muted the clip.", EXPORT),
    ("打开音频面板查看音量。", "", STATE),
    ("请前往账户页面充值。", "", CREDITS),
    ("点击上传按钮添加素材。", "", UPLOAD),
    ("将片段拖拽到时间线开头。", "", _message("将片段拖拽到时间线开头")),
]

# Word for word; some call for an action all the same
CONTENT = [
    "I added a click sound at 0:05",
    "the door opens at 0:10 and I cut there",
    "I removed the mouse click noise",
    "the drop in the music is at 0:20",
    "Click sounds were removed from the recording.",
    "Clicks and pops are gone.",
    "Open captions are burned into the picture.",
    "Opening scene: 0:00–0:12.",
    "Open the window to let the light in.",
    "Open with a wide shot, then cut to the beach.",
    "The characters enter and click the button.",
    "You see him walk in and open the menu.",
    "You can see the solar panels on the roof.",
    "You can see the video playing on the screen in the background.",
    "You can hear the rain under the speech.",
    "The download button is in the bottom right corner.",
    "I added a download button graphic.",
    "The credits roll more slowly now.",
    "Check the credits at the end of the film for the names.",
    "Drop shadows were added to the title.",
    "Drag race footage starts at 0:10.",
    "Drag queens walk to the left.",
    "I dragged the clip to the start.",
    "Hit the beat at 0:05 with the cut.",
    "Press conference footage stays as it is.",
    "Tap dance footage was moved to the end.",
    "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%)",
    "Preview: 1080p, 30 fps.",
    "Export settings: 1080p, H.264.",
    "Export complete: clean.mp4",
    "Export video completed.",
    "Play the clip in slow motion.",
    "Save the clip of the dog for the end.",
    "Title: Click the button below",
    'I added the title "Done. Click the button below to subscribe." at the end.',
    "Run `click the Export button` as a test.",
    "```\nClick the Export button.\n```",
    "> Click the Export button.",
    "| 0:05 | Click the Export button. |",
    "Here are the captions:\n- Click the button\n- Open the panel",
    "**字幕：**\n\n1. 点击导出按钮",
    "I removed the music.  \n\n* **Volume**: 35%\n* [notes](https://example.org/a)\n",
    "我在0:10处加入了点击音效。",
    "点击声已去除。",
    "打开门的镜头在0:10。",
    "打开窗户的镜头保留了。",
    "导出的视频时长为30秒。",
    "预览视频已生成。",
    "我把片段拖到了开头。",
    "拖拽的片段已删除。",
    "视频里的人点击了按钮。",
    "按钮的声音还在。",
    "打开设置面板的镜头在开头。",
    "点击按钮的音效很清楚。",
    "Use the menu music from the game.",
    "Find the player who scores at the end.",
    "Look at the editor sitting at his desk.",
    "Watch the dashboard cam footage.",
    "Visit the dashboard of the car in the second shot.",
    "Check the timeline of events in the voiceover.",
    "I can't click the export button for you.",
    "Export is done: https://example.org/v.mp4",
]

KEPT = [
    ("Your video is ready to export.", EXPORT),
    ("Please upload a video first.", UPLOAD),
    ("Download it here: https://example.org/v.mp4", EXPORT),
    ("Preview it in the timeline; the music now ends at 0:20.", STATE),
    ("You can see the result in the timeline at 0:05.", STATE),
    ("Click [Export](https://example.org/a.mp4) to download.", EXPORT),
    ("Click Export before the door opens at 0:10.", EXPORT),
]


def test_the_table_is_as_large_as_it_is_meant_to_be():
    assert len(TALK) + len(CONTENT) + len(KEPT) >= 60
    assert len(CONTENT) >= len(TALK)


@pytest.mark.parametrize(("text", "left", "said"), TALK)
def test_interface_talk_becomes_an_action(text, left, said):
    found = plain(text)
    assert found.text == left
    assert found.actions == (said,)


@pytest.mark.parametrize("text", CONTENT)
def test_what_tells_of_the_film_stays_and_asks_for_nothing(text):
    found = plain(text)
    assert found.text == text
    assert found.actions == ()


@pytest.mark.parametrize(("text", "said"), KEPT)
def test_what_does_both_stays_and_is_an_action(text, said):
    assert plain(text).text == text
    assert plain(text).actions == (said,)


def test_several_instructions_are_as_many_actions_each_once():
    text = "Open the timeline and drag the clip to the start. Click Export, then click Download."
    assert plain(text).actions == (STATE, _message("drag the clip to the start"), EXPORT)


def test_a_list_of_steps_goes_with_its_heading():
    steps = "**Next steps:**\n\n1. Click the **Export** button\n2. Choose MP4 as the format\n"
    assert (
        plain(f"I removed the music.\n\n{steps}\nEnjoy!").text == "I removed the music.\n\nEnjoy!"
    )


def test_a_list_keeps_its_other_items_and_its_heading():
    text = "Next steps:\n- Music removed\n  - Click Export to download\n- Title at 0:05\n\nDone."
    left = "Next steps:\n- Music removed\n- Title at 0:05\n\nDone."
    assert plain(text).text == left


def test_spacing_and_line_breaks_survive_beside_what_goes():
    text = (
        "Removed:  *music*\r\n\r\n\r\n- `a.wav`  \r\n- **b**\r\n\r\nClick Export.\r\n\r\nBye  now."
    )
    left = "Removed:  *music*\r\n\r\n\r\n- `a.wav`  \r\n- **b**\r\n\r\nBye  now."
    assert plain(text).text == left


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text):
    plain(text)


WORDS = (
    "click the export button you can and but I open timeline drag to . , : ( ) ** \n - > 1. 0:05 "
    "点击 导出 拖 到 “ ” `"
)


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=30).map(" ".join))
def test_only_whole_words_are_left_out(text):
    left = plain(text).text.lower()
    at = iter(text.lower())
    assert all(character in at or character in ".。" for character in left)


@given(st.lists(st.sampled_from([*CONTENT[:36]]), min_size=1, max_size=4), st.sampled_from("\n "))
def test_content_stays_beside_talk(parts, gap):
    ended = [part if part.endswith(".") else f"{part}." for part in parts if "\n" not in part]
    text = gap.join(f"{part}{gap}Click Export." for part in ended)
    assert plain(text).text == gap.join(ended)


@pytest.mark.parametrize(
    "piece",
    [
        "click the ",
        ".",
        ".a",
        " ",
        "\n ",
        "1,",
        "please ",
        "and you can ",
        "“",
        "**",
        "点击",
        "( ",
        "a.",
        "Click Export. ",
        "to\n",
        "#",
        "[](",
        "'a ",
        "- ",
    ],
)
def test_a_very_long_text_is_read_in_a_moment(piece):
    began = time.process_time()
    plain("Click Export. a" + piece * (100_000 // len(piece)) + "a")
    assert time.process_time() - began < 5
