"""Two calls or two runs side by side: only what really changed is told."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import Recorded, playing, streaming

from cogwidgets.trace.compare import MISSING, diff_json, normal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)

DIFFERENCES = [
    ({"a": 1}, {"a": 1}, []),
    ({"a": 1}, {"a": 2}, ["a  1 → 2"]),
    ({"a": 1}, {"a": 1.0}, ["a  1 → 1.0"]),
    ({"a": 1}, {"a": True}, ["a  1 → true"]),
    ({"a": None}, {}, ["a  null → —"]),
    ([1, 2, 3], [1, 9, 3], ["[1]  2 → 9"]),
    ([1, 2, 3], [1, 3], ["[1]  2 → —"]),
    ([{"v": 1}, {"v": 2}], [{"v": 0}, {"v": 1}, {"v": 2}], ['[0]  — → {"v": 0}']),
    ([{"v": 1}, {"v": 2}], [{"v": 1}, {"v": 3}, {"v": 4}], ["[1].v  2 → 3", '[2]  — → {"v": 4}']),
    ({"t": [{"sg": [{"m": {"volume": 1.0}}]}]}, {"t": [{"sg": [{"m": {"volume": 0.5}}]}]},
     ["t[0].sg[0].m.volume  1.0 → 0.5"]),
    (1, "1", ['all of it  1 → "1"']),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "said"), DIFFERENCES)
def test_a_difference_is_named_by_its_path(before, after, said):
    assert [str(difference) for difference in diff_json(before, after)] == said


@given(JSON, JSON)
def test_the_same_has_no_difference_and_another_has_one(before, after):
    assert diff_json(before, before) == []
    same = before == after and repr(before) == repr(after)
    if not same and not _only_order(before, after):
        assert diff_json(before, after)


def _only_order(before, after):
    return _sorted(before) == _sorted(after)


def _sorted(value):
    if isinstance(value, dict):
        return repr(sorted((key, repr(_sorted(inner))) for key, inner in value.items()))
    return repr([_sorted(inner) for inner in value]) if isinstance(value, list) else repr(value)


def test_long_values_are_cut_and_whole_ones_kept():
    [difference] = diff_json({"a": "x" * 500}, {})
    assert len(str(difference)) < 100
    assert difference.before == "x" * 500
    assert difference.after is MISSING


PATHS = [
    ("/api/state/nemo_agent/me/1388341027003350529/latest", "/api/state/nemo_agent/me/*/latest"),
    ("/api/render/proxy/lambda/render_1795400740788_a180942b", "/api/render/proxy/lambda/*"),
    ("/media/98f0fb83f574509bafd0ca288cd097cc/my-vlog.mp4", "/media/*/my-vlog.mp4"),
    ("/x/3b241101-e2bb-4255-8caf-4136c55adf11", "/x/*"),
    ("/api/credits/balance/simple", "/api/credits/balance/simple"),
    ("/run_sse", "/run_sse"),
]


@pytest.mark.parametrize(("path", "kind"), PATHS)
def test_ids_are_taken_out_of_a_path(path, kind):
    assert normal(path) == kind


def _answering(body):
    return lambda _: httpx.Response(200, json=body)


def test_two_calls_tell_request_answer_and_draft_apart():
    drafts = iter([{"t": [{"volume": 1.0}]}, {"t": [{"volume": 0.5}, {"volume": 0.7}]}])

    def service(_request):
        state = {"draft": next(drafts), "video_infos": []}
        return httpx.Response(200, json={"code": 0, "data": {"state": state}})

    with playing(service) as client:
        client.get("/state", params={"x": 1})
        client.get("/state", params={"x": 1})
    one, two = client.log
    diff = one.diff(two)
    assert (diff.request, diff.answer) == ([], [])
    assert [str(row) for row in diff.draft] == [
        "draft.t[0].volume  1.0 → 0.5",
        'draft.t[1]  — → {"volume": 0.7}',
    ]
    assert "draft    draft.t[0].volume  1.0 → 0.5" in str(diff)
    assert diff
    assert not one.diff(one)
    assert "nothing differs" in str(one.diff(one))
    assert "2 in the draft" in repr(diff)


def test_two_streams_differ_in_what_they_say_not_in_how_it_came():
    told = iter(
        [
            [b'data: {"content":{"parts":[{"text":"Do"}]},"partial":true}\n\n', b"data:\n\n"],
            [b"data:\n\n", b"data:\n\n"],
        ]
    )

    def service(request):
        done = b'data: {"content":{"parts":[{"text":"Done."}]}}\n\n'
        louder = b'data: {"content":{"parts":[{"text":"Louder."}]}}\n\n'
        return streaming(*next(told, []), louder if request.url.query else done)

    with playing(service) as client:
        for query in ("", "", "?louder=1"):
            client.get(f"/run_sse{query}")
    one, two, three = client.log
    assert not one.diff(two)
    [row] = one.diff(three).answer
    assert str(row) == 'events[0]  "text: Done." → "text: Louder."'


def test_the_status_of_a_render_is_not_the_status_of_http():
    answers = iter([(200, {"status": "pending"}), (500, {"status": "pending", "draft_id": 1})])

    def service(_request):
        status, body = next(answers)
        return httpx.Response(status, json=body)

    with playing(service) as client:
        client.get("/render")
        client.get("/render")
    diff = client.log[0].diff(client.log[1])
    assert [str(row) for row in diff.answer] == ["HTTP status  200 → 500", "draft_id  — → 1"]
    assert diff.draft == []


def test_within_one_run_another_id_is_a_difference():
    sources = iter(["/media/98f0fb83f574509b/a.mp4", "/media/0123456789abcdef/a.mp4"])
    with playing(lambda _: httpx.Response(200, json={"source": next(sources)})) as client:
        client.get("/state")
        client.get("/state")
    assert [row.path for row in client.log[0].diff(client.log[1]).answer] == ["source"]


def test_two_runs_of_the_same_job_are_the_same_but_for_what_was_asked(service):
    logs = []
    for text in ("what can you do?", "what can you do?", "hello there"):
        with Recorded(httpx.HTTPTransport(), service.url) as caller:
            caller.sign_in().new_session("my vlog")
            caller.state()
            caller.say(text)
            caller.get("/health")
        logs.append(caller.log)
    assert str(logs[0].diff(logs[1])) == "Nothing differs."
    diff = logs[0].diff(logs[2])
    [changed] = [call for call in diff.calls if call]
    assert changed.before.path == "/run_sse"
    assert [row.after for row in changed.request] == ["hello there"]
    assert "<LogDiff · 1 of 5 calls differ" in repr(diff)


def test_the_drafts_of_two_runs_are_compared_at_their_ends(walk, tmp_path):
    har = walk.calls.har(tmp_path / "a.har")
    text = har.read_text().replace('\\"name\\":\\"vlog\\"', '\\"name\\":\\"clip\\"')
    assert text != har.read_text()
    (tmp_path / "b.har").write_text(text)
    from cogwidgets.trace import CallLog

    diff = walk.calls.diff(CallLog.from_har(tmp_path / "b.har"))
    assert [str(row) for row in diff.draft] == ['t[0].sg[0].m.name  "vlog" → "clip"']
    assert "the last draft" in str(diff)


def test_calls_of_one_run_alone_are_named():
    with playing(_answering({})) as one:
        for path in ("/a", "/b", "/c"):
            one.get(path)
    with playing(_answering({})) as two:
        for path in ("/a", "/c", "/d"):
            two.get(path)
    diff = one.log.diff(two.log)
    assert [call.path for call in diff.removed] == ["/b"]
    assert [call.path for call in diff.added] == ["/d"]
    assert str(diff) == "− GET /b\n+ GET /d"
    page = diff._repr_html_()
    assert "GET /b" in page
    assert "GET /d" in page
    assert "Nothing differs" in one.log.diff(one.log)._repr_html_()


def test_the_page_shows_both_sides_and_escapes_them():
    answers = iter([{"a": "<b>"}, {"a": "<i>"}])
    with playing(lambda _: httpx.Response(200, json=next(answers))) as client:
        client.get("/x")
        client.get("/x")
    page = client.log[0].diff(client.log[1])._repr_html_()
    assert "− &quot;&lt;b&gt;&quot;" in page
    assert "+ &quot;&lt;i&gt;&quot;" in page
    assert "<b>" not in page
