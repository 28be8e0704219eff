"""What people write, and what it must come to.

R is removing the music (R:strong with a strength, R! when it names the music of the recording), A
adding a track (A:mood, A:file, A:own, A:- for the default), O the original sound back, - nothing of
these; @ says that it is for a part of the time. ?x is a question that is answered. After a bar
comes what is left over, and +tool for other edits.

phrases.txt was written by somebody who is not the parser's author, each phrase with what a sensible
editor would do before it was run: there ? is any question, ... says that something is left over.
"""

from pathlib import Path

import pytest

from cogwidgets.engine.agent.edits import AddMusic, RemoveMusic, RestoreMusic
from cogwidgets.engine.agent.edits.texts import AddText
from cogwidgets.engine.agent.past import Past
from cogwidgets.engine.agent.times import Point, Span
from cogwidgets.engine.agent.understand import understand

PHRASES = """\
R = strip the soundtrack
R! = get rid of the copyrighted song
R = mute the music but keep the voice
R+A:happy = clear the bgm, put something upbeat under it
- = don't remove the music
- = please do not touch the music
- = leave the music alone
- = keep the music
- = never remove the soundtrack
- = add captions without removing the music | add captions
- = remove the noise, not the music | +denoise
R = remove everything but the voice
R = remove everything except the speech
- = remove everything but the music | remove everything but the music
- = remove the voice, keep the music | remove the voice
- = remove the vocals from the song | remove the vocals from the song
R@ = remove the background music from 0:05 to 0:12
R@ = remove the music in the first 10 seconds
- = lower the music volume | +volume
- = turn down the music | +volume
- = turn the music down | +volume
- = make the music quieter | +volume
- = fade out the music | +fade
- = remove background noise | +denoise
R = remove the background noise and music | +denoise
- = remove the title | +remove_text
- = remove the audio | +mute
- = mute the video | +mute
R = remove the music and export
R+A:happy = replace the music with something upbeat
R+A:calm = swap the song for a royalty free calm track
R+A:happy = change the background music to happy
R+A:calm = put some calm music instead
R+A:- = use different music
A:calm = add calm background music
A:- = add some music
A:nostalgic = lay a nostalgic track under it
A:happy = put something upbeat under it
A:tender = score it with tender piano
R+A:- = change the music
A:energetic = something more energetic
R+A:happy = make the music happier
R = I only want to hear the speaker
R = I just want the voice
R = keep only the voice
R = isolate the vocals
R = extract the speech
R = separate the voice from the music
R = take the music out of my video
R = I want the music gone
R = I'd like the music removed please
R = the music has to go
R = can you please get rid of this annoying song?
R = could you strip out the background track
R = would you mind removing the music
R! = my video got a copyright claim because of the song, fix it
R! = remove all copyrighted audio
R:light = gently remove the music
R:strong = remove the music thoroughly
R:strong = remove the music completely, every trace of it
R:strong = remove background music, strength strong
R:light = remove the music with light strength
R = remove the soft piano music
R = clean the music out of my clip
R = no music please
R = without the music
R = I want a version without background music
R = I don't want the music
- = I don't want to lose the music
R = don't remove the voice, only the music
R = only remove the music
A:- = the video has no music, add some
?state:music = is there music in my video?
?state:music = did you remove the music?
?how = how do I remove the music?
R+A:happy = how about some happy music instead?
?moods = what moods do you have?
?help = help
?help = hello
?thanks = thanks!
?what = edit my video
?what = make it better
A:- = add music
R+A:theme.mp3 = replace the music with theme.mp3
R+A:own = replace the background music with my own track
R+A:own = use the song I uploaded instead
R+A:theme.mp3 = set theme.mp3 as the background music
R = remove my music
O = restore the original music
O = put the music back
- = undo | +undo
- = export
- = remove the logo from my music video | +remove_overlay
- = remove the song title | remove the song title
- = add a warm filter | +effects
- = make it warmer | +effects
- = add a happy birthday title | +add_text
- = add a voiceover | add a voiceover
- = replace the music with a voice-over | replace the music with a voice-over
R = replace the music with silence
- = replace the title with something calm | replace the title with something calm
?state = you removed the music already
?state = I removed the music from it yesterday
R = mute the bgm
R = kill the music
R+A:calm = drop the soundtrack and lay a calm piano piece beneath the talking
R+A:calm = remove the music, then add a slow romantic song
R+A:energetic = swap out the tune with energetic edm
R+A:nostalgic = delete the song and put in retro vibes
R+A:- = eliminate background music and use royalty-free music
A:happy = I need happy background music for this vlog
A:calm = give me some chill lofi beats
R = strip music keep dialogue
R = vocals only please
R = just the talking, nothing else
R = cut the music
R = silence the soundtrack
R = please wipe the music from this clip and leave the narration intact
R = take away the background song but don't change the voice
R!+A:calm = remove the copyrighted background music from my video and replace it with something calm
R = Remove the music. Thanks a lot!
R = make a copyright-free version
R = make this copyright free
- = make it safe for youtube
R = 去掉背景音乐
R = 帮我把背景音乐去掉
R = 请把这个视频里的音乐删掉
R = 去除BGM
R:strong = 彻底去掉背景音乐
R:light = 轻轻地去掉背景音乐
R = 不要背景音乐
R = 我不想要音乐
- = 不要去掉音乐
- = 别删背景音乐
- = 保留音乐
R = 只保留人声
R = 提取人声
R = 人声分离
R = 把音乐关了，留下说话声
R! = 消除有版权的音乐
R+A:- = 换成免版税音乐
R+A:happy = 去掉背景音乐，换成欢快的音乐
R+A:calm = 把背景音乐换成舒缓的
R+A:nostalgic = 换一首怀旧的歌
R+A:theme.mp3 = 用theme.mp3替换背景音乐
A:own = 用我上传的音乐当背景音乐
R+A:own = 把配乐换成我的歌
A:tender = 加一段温柔的背景音乐
A:energetic = 配上动感的音乐
A:happy = 来点轻快的音乐
A:- = 给视频加点背景音乐
R = 能不能去掉音乐？
R = 可以帮我去除背景音乐吗
?state:music = 音乐去掉了吗
?how = 怎么去掉音乐
?help = 你能做什么
?moods = 有哪些音乐风格
- = 降低音乐音量 | +volume
- = 加字幕 | 加字幕
R = 去掉背景音乐并加字幕 | 加字幕
- = 去掉噪音 | +denoise
R = 除了人声都去掉
O = 恢复原来的音乐
- = 导出
R = 去掉音乐然后导出
R = 静音背景音乐
R:strong = 强力去除背景音乐
R+A:happy = 把背景音乐换欢快的
R+A:- = 换背景音乐
R+A:- = 把这首歌换掉
R+A:calm = 请把背景音乐替换为平静的音乐
R!+A:calm = 去掉原来的音乐，加上轻松的音乐
R+A:- = 我想换个背景音乐
R+A:energetic = 可以把音乐换成更有活力的吗
R = 这个视频的音乐有版权问题，帮我去掉
R = 删除背景音乐，保留人声
- = 不要动音乐，只加字幕 | 只加字幕
?help = 音乐太吵了
- = 音乐声音小一点 | +volume
R:light = 弱一点地去掉音乐
R:strong = 用强力模式去掉背景音乐
R = 把歌去了吧
R = 去背景音乐
R = 视频去音乐
R = 背景音乐不要了
R = 不要音乐，只要人声
R = 给我一个没有背景音乐的版本
R+A:tender = 换一个温馨的背景音乐
A:nostalgic = 配一段伤感的音乐
R = 保留说话声，去掉其他的
R@ = 去掉前10秒的音乐
?help = I don't like this music
R = This song sucks, take it out
R+A:calm = take this song out and put something calmer in
R = Can we lose the music?
R+A:happy = could we have something more upbeat instead of this song?
R+A:tender = instead of the current track use a tender one
R+A:energetic = swap the background track to an energetic one
R+A:calm = please substitute the song with calm music
R+A:happy = Remove bgm & add a happy track
R = remove the music & noise | +denoise
R = the music should be removed
R = music off
R = no bgm
R = audio without music please
A:calm = I'd like a calm soundtrack
A:energetic = want some energetic music under my voice
A:calm = background music: calm
- = remove it | remove it
- = replace it | replace it
R+A:happy = replace it with something upbeat
R+A:My Song.mp3 = replace the song with "My Song.mp3"
R = please remove the background music but leave my voice untouched
R = Strip all music, leaving only speech
- = make the video silent | +mute
R = mute everything but the voice
A:calm = drop in some chill tunes
R = I need the vocals isolated
R+A:theme.mp3 = Take the background music off and overlay theme.mp3
- = give it a romantic feel
- = can you make this sound happier? | can you make this sound happier
R+A:beat.wav = delete the music from clip.mp4 and use my track beat.wav instead
R = turn off background music, then turn up the voice | +volume
R = cut the first 5 seconds and remove the music | +cut
?state:music = what is the music in this video?
?state:music = why is the music still there?
R:strong = I can still hear the music, remove it more thoroughly
R = remove the remaining music
R:strong = there's still some music left, remove it strongly
A:- = add royalty-free background music
A:calm = put calm music in the background
R!+A:calm = lay calm music under the speech and remove the original song
A:- = add a track without removing the original music
R = remove all music
R:strong = remove every trace of music
R = delete soundtrack
R+A:calm = remove soundtrack add calm one
R = Please remove the music from "my holiday.mp4"
R = Could you take the background music out, but leave what the woman is saying?
R = can't you just drop the music
R = I need this without the song
R = the song must go
R = turn it into a version without music
R! = erase the copyrighted track and keep the narrator
R = music-free version please
R = no more music
R = remove music, noise and captions | +denoise & +remove_text
R = don't add any music, just remove what is there
A:happy = put a happy song on it and export
R+A:theme.mp3 = lay theme.mp3 under the voice instead of the current music
R+A:theme.mp3 = make theme.mp3 the soundtrack
A:calm = could you please put some relaxing tunes in the background?
A:energetic = add energetic music at 30% volume
A:calm = add a bit of calm music
R:light = remove the music a bit
R:strong = clean up the background music aggressively
R:strong = strip out the music in strong mode
A:happy = add a subtle happy track
R+A:happy = 把音乐换成轻快一点的
R+A:happy = 请用欢快的音乐代替背景音乐
R+A:own = 去掉音乐，加上我的歌
R+A:energetic = 背景音乐换成动感的
R+A:tender = 把原声音乐去掉，放一首浪漫的
R+A:- = 这首歌侵权了，换一首
- = 别加音乐
R = 不需要背景音乐
R = 帮我去一下背景音乐
R = 清除视频中的背景音乐，保留对话
?moods = 有没有欢快的音乐
R = 去除背景音乐和噪音 | +denoise
O = 把音乐恢复
A:happy = add something happy under the speech
A:tender = put a tender song beneath my voice-over
"""


def written(understood):
    """Only what is done to music; the other edits are judged by test_drafts.py."""
    music = [edit_written(edit) for edit in understood.edits]
    if understood.question and not understood.edits:
        return "?" + understood.question
    return "+".join(filter(None, music)) or "-"


def edit_written(edit):
    match edit:
        case RemoveMusic(strength, original, spans):
            when = "@" * bool(spans)
            return "R" + (f":{strength}" if strength else "") + ("!" if original else "") + when
        case AddMusic(mood, file, own, _, spans):
            return "A:" + (file or ("own" if own else mood or "-")) + "@" * bool(spans)
        case RestoreMusic():
            return "O"
    return None


def others(understood):
    return [edit.tool for edit in understood.edits if edit_written(edit) is None]


def rows():
    for line in PHRASES.splitlines():
        meant, _, rest = line.partition(" = ")
        phrase, _, left = rest.partition(" | ")
        yield pytest.param(phrase, meant, left, id=phrase)


@pytest.mark.parametrize(("phrase", "meant", "left"), list(rows()))
def test_what_people_write_is_understood(phrase, meant, left):
    understood = understand(phrase)
    assert written(understood) == meant
    more = (*understood.not_done, *(f"+{tool}" for tool in others(understood)))
    assert " & ".join(more) == left


JUDGED = Path(__file__).with_name("phrases.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", JUDGED)
def test_what_an_outsider_wrote_is_understood(line):
    meant, _, phrase = line.partition(" = ")
    partly = meant.endswith(" ...")
    understood = understand(phrase)
    got = written(understood).replace("!", "").replace(":normal", "")
    assert (got[0] if meant == "?" else got) == meant.removesuffix(" ...")
    if got != "-":
        more = understood.not_done or understood.export or others(understood)
        assert partly == bool(more)


@pytest.mark.parametrize("phrase", ["remove the music and export", "去掉音乐然后导出", "export it"])
def test_a_wish_for_the_file_is_noticed(phrase):
    assert understand(phrase).export


@pytest.mark.parametrize("name", ["remove the title.mp3", "no music 2.wav", "Lied für Anna.m4a"])
def test_a_files_name_is_never_read_as_words(name):
    understood = understand(f"replace the music with {name} please", files=[name])
    assert written(understood) == f"R+A:{name}"


def test_words_to_be_shown_are_never_read_as_words():
    for phrase in (
        'add a title "remove the music"',
        "add a title saying replace the song",
        "put \u201cno music\u201d on the screen",
        "\u52a0\u4e2a\u6807\u9898\u300c\u53bb\u6389\u97f3\u4e50\u300d",
    ):
        [edit] = understand(phrase).edits
        assert isinstance(edit, AddText)
        assert edit.text in phrase


def test_a_quoted_word_and_a_quoted_message_are_read():
    assert written(understand('replace the music with something "calm"')) == "R+A:calm"
    assert written(understand('"remove the background music"')) == "R"


def test_a_question_beside_a_request_is_answered_too():
    understood = understand("Remove the music. What moods do you have?")
    assert [type(edit) for edit in understood.edits] == [RemoveMusic]
    assert understood.question == "moods"


def test_a_time_in_a_clause_of_its_own_keeps_the_whole_from_being_changed():
    [edit] = understand("remove the music, but only from 0:05 to 0:12").edits
    assert edit == RemoveMusic(spans=(Span(Point(ms=5000), Point(ms=12_000)),))
    assert not understand("remove the music, but only while she laughs").edits


def test_something_calmer_means_the_track_when_one_was_laid():
    assert written(understand("make it calmer")) == "-"
    assert written(understand("make it calmer", laid=True)) == "R+A:calm"


def test_no_length_and_no_sign_breaks_it():
    assert understand("remove the music " + "and more " * 500).not_done[-1].endswith("…")
    for text in (
        "",
        " ",
        "\0",
        "remove " * 3000,
        "(" * 5000,
        "\U00100000",
        "😀" * 100,
        "把" * 3000,
    ):
        understand(text)


@pytest.mark.parametrize("said", ["redo", "undo the last change", "undo my last 2 changes"])
def test_history_is_no_wish_for_other_music(said):
    assert [type(edit).__name__ for edit in understand(said).edits] in (["Redo"], ["Undo"])


@pytest.mark.parametrize(("said", "edit"), [("mute it", "Mute"), ("make it louder", "Volume")])
def test_a_title_cannot_be_heard_so_it_is_the_video(said, edit):
    assert [
        type(one).__name__ for one in understand(said, past=Past((AddText("Hi"),), (0,))).edits
    ] == [edit]


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("会不会损失画质啊", "quality"),
        ("怎么收费", "price"),
        ("支持4K导出吗", "resolution"),
        ("最长能多长", "limits"),
        ("支持什么格式", "formats"),
        ("有哪些转场", "transitions"),
        ("音乐可以商用吗", "rights"),
        ("导出要多久", "wait"),
        ("需要联网吗", "privacy"),
        ("what fonts do you have", "fonts"),
        ("how much does it cost?", "price"),
        ("whats the longest video i can upload", "limits"),
    ],
)
def test_questions_about_the_engine_are_told_from_those_about_the_video(said, about):
    understood = understand(said)
    assert understood.question == f"about:{about}"
    assert not understood.edits


def test_a_question_about_the_engine_beside_a_request_is_answered_too():
    understood = understand("剪掉前5秒，会损失画质吗？")
    assert [edit.tool for edit in understood.edits] == ["cut"]
    assert understood.question == "about:quality"
    assert understand("how long is my video?").question == "state:length"
