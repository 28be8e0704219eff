# ruff: noqa: RUF001 - Chinese messages have Chinese characters

from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.hanzi import Twin, simplified
from cogwidgets.engine.agent.idioms import plainly
from cogwidgets.engine.agent.understand import understand


def test_every_character_keeps_its_place():
    for text in (
        "刪掉開頭3秒，然後聲音大一點",
        "１０秒 ＢＧＭ　80％",
        "乾隆的臺灣鬆餅",
        "no Han at all",
        "",
    ):
        assert len(simplified(text)) == len(text)


def test_what_is_shown_stays_as_it_was_written():
    for said in ("加標題「出發囉」", "標題叫出發囉"):
        [edit] = understand(said).edits
        assert isinstance(edit, AddText)
        assert edit.text == "出發囉"


def test_what_is_quoted_stays_as_it_was_written():
    assert understand("加個標題「你好」，給畫面加煙花").not_done == ("給畫面加煙花",)


def test_a_files_name_may_have_any_characters():
    [_, add] = understand("音樂換成「後來 聽風.mp3」").edits
    assert add.file == "後來 聽風.mp3"
    [_, add] = understand("音樂換成聽風.mp3", files=["聽風.mp3"]).edits
    assert add.file == "聽風.mp3"


def test_both_texts_stay_beside_each_other():
    import re

    twin = Twin.of("開頭 turn the music off").sub(
        re.compile("turn the music off"), lambda *_: "turn off the music"
    )
    assert (twin.read, twin.written) == ("开头 turn off the music", "開頭 turn off the music")


def test_an_idiom_is_quoted_as_it_was_written():
    twin = plainly(Twin.of("視頻掐頭去尾各兩秒，謝謝"))
    assert twin.read == "视频剪掉前两秒和最后两秒，谢谢"
    assert twin.said(0, twin.read.index("，")) == "視頻掐頭去尾各兩秒"
    assert twin.said(len(twin.read) - 2, len(twin.read)) == "謝謝"
