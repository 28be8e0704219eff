"""The log as a page: rows that open, in any notebook, on any background."""

import html.parser
import json
import re
import shutil

import httpx
import pytest
from recorded import playing, streaming

from cogwidgets.trace import CallLog
from cogwidgets.trace.pretty import AMBER, BLUE, GREEN, RED, json_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EVIL = "<script>alert('x')</script>\"'&"


class Tree(html.parser.HTMLParser):
    """What stands in a page; complains about what is not closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.names, self.attributes, self.text = [], [], [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, name, attributes):
        self.open.append(name)
        self.names.append(name)
        self.attributes += attributes

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.text += data


def test_a_whole_job_is_a_row_a_call(walk):
    tree = Tree(walk.calls._repr_html_())
    for call in walk.calls:
        assert call.purpose in tree.text
    assert f"{len(walk.calls)} calls" in tree.text
    assert "vlog.mp4 · video/mp4 · 3.3 MB" in tree.text
    assert 'contract.md "The SSE stream"' in tree.text
    assert re.search(r"\+\d\.\d\d s +tool call +add_music", tree.text)
    assert "$NEMO_TOKEN" in tree.text
    assert walk.token not in tree.text


def test_a_page_needs_nothing_from_elsewhere(walk):
    tree = Tree(walk.calls._repr_html_())
    assert set(tree.names) <= {"div", "details", "summary", "span", "b", "pre"}
    assert {name for name, _ in tree.attributes} <= {"style", "class", "title", "open"}


def test_a_page_has_no_colour_that_only_one_background_bears(walk):
    styles = " ".join(
        value for name, value in Tree(walk.calls._repr_html_()).attributes if name == "style"
    )
    assert set(re.findall(r"#\w+", styles)) <= {AMBER, BLUE, GREEN, RED}
    assert not re.search(r":(white|black|rgb\()", styles)
    for colour in (AMBER, BLUE, GREEN, RED):
        assert _contrast(colour, "#ffffff") > 3.9
        assert _contrast(colour, "#111111") > 3.9


def _contrast(one, two):
    """WCAG 2.2, "contrast ratio"."""
    lights = []
    for colour in (one, two):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        lights.append(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_without_its_styles_a_page_can_still_be_read(walk):
    """Sites that show notebooks take styles away."""
    bare = re.sub(r' (style|class|title)="[^"]*"', "", walk.calls._repr_html_())
    assert "=" not in "".join(re.findall("<[^>]*>", bare))
    text = re.sub(r"\s+", " ", Tree(bare).text)
    assert re.search(r"1 ● 200 get an anonymous token POST /api/auth/anonymous-token \d", text)


def _odd(request):
    match request.url.path:
        case "/broken":
            raise httpx.ConnectError(EVIL)
        case "/run_sse":
            said = json.dumps({"content": {"parts": [{"text": EVIL}]}})
            return streaming(f"event: {EVIL}\ndata: {said}\n\n".encode())
    return httpx.Response(404, json={EVIL: EVIL, "message": EVIL}, headers={"X-Note": EVIL})


def test_nothing_that_came_over_the_wire_becomes_part_of_the_page():
    with playing(_odd) as client:
        client.get(f"/{EVIL}", params={"q": EVIL}, extensions={"purpose": EVIL, "section": EVIL})
        client.post("/run_sse", json={"x": EVIL})
        client.post("/up", files={EVIL: (EVIL, b"film", "text/html")}, data={"note": EVIL})
        with pytest.raises(httpx.ConnectError):
            client.get("/broken")
    pages = [client.log._repr_html_(), *(call._repr_html_() for call in client.log)]
    for page in pages:
        assert "script" not in Tree(page).names
        assert "alert('x')" in Tree(page).text


def test_calls_that_run_break_or_are_left_are_shown_too():
    with playing(lambda _: streaming(b"data: a\n\n", b"data: b\n\n")) as client:
        with client.stream("GET", "/run_sse") as response:
            next(response.iter_raw())
            assert "○ …" in Tree(client.log._repr_html_()).text
        assert "left early" in client.log[0]._repr_html_()
    assert "0 calls" in Tree(CallLog()._repr_html_()).text


def test_long_bodies_and_many_events_name_what_is_left_out():
    rows = [{"number": n} for n in range(2000)]
    events = [b"data: a\n\n"] * 150
    answers = iter([httpx.Response(200, json=rows), streaming(*events)])
    with playing(lambda _: next(answers)) as client:
        client.get("/rows")
        client.get("/run_sse")
    text = Tree(client.log._repr_html_()).text
    assert re.search(r"… [\d,]+ more characters: calls\[0\].response_body", text)
    assert "… 50 more events: calls[1].events" in text


def test_a_long_log_shows_the_newest_and_a_page_has_an_end():
    with playing(lambda _: httpx.Response(200, json=[{"n": n} for n in range(900)])) as client:
        for number in range(80):
            client.get(f"/path/{number}")
    page = client.log._repr_html_()
    text = Tree(page).text
    assert "… 30 older calls: calls[:30]" in text
    assert "/path/79" in text
    assert "/path/29 " not in text
    assert len(page) < 500_000
    assert "calls[30] shows this call" in text


BODIES = [
    ('{"a": [1, true, null, "x<y"]}', '"x&lt;y"'),
    ("[1, 2", "[1, 2"),
    ("plain & simple", "plain &amp; simple"),
    ('{"url": "http://h/?a=1&b=2"}', "a=1&amp;b=2"),
]


@pytest.mark.parametrize(("body", "shown"), BODIES)
def test_a_body_is_laid_out_and_escaped(body, shown):
    page, more = json_html(body, 1000)
    assert shown in page
    assert more == 0
    assert re.sub(r"\s", "", Tree(page).text) == re.sub(r"\s", "", body)


MEASURE = """() => [...document.querySelectorAll('body > div > details > summary > span')]
  .map(row => [...row.children].map(cell => Math.round(cell.getBoundingClientRect().x)))"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")
def test_in_a_browser_columns_stand_in_line_and_rows_open(walk):
    playwright = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        for width in (1280, 700, 560):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.set_content(f"<body>{walk.calls._repr_html_()}</body>")
            columns = page.evaluate(MEASURE)
            assert len(columns) == len(walk.calls)
            assert all(row == columns[0] for row in columns)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            details = page.locator("body > div > details").last
            details.locator("summary").first.click()
            assert details.evaluate("it => it.open")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
