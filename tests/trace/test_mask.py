"""What is a secret, in how many ways it may be written, and what is none."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogwidgets.trace import MASK, Mask

SPECIAL = 'c4n4ry/5ecret+<0123>="ü\\'


def _line(name, value):
    [(name, value)] = Mask().headers([(name.encode(), value.encode())])
    return f"{name}: {value}"


WAYS = {
    "as it is": lambda s: s,
    "percent-encoded": lambda s: quote(s, safe=""),
    "percent-encoded in lower case": lambda s: quote(s, safe="").lower().replace(s.lower(), s),
    "percent-encoded, slashes left": quote,
    "as a form's field": quote_plus,
    "in JSON": json.dumps,
    "in JSON with letters": lambda s: json.dumps(s, ensure_ascii=False),
    "in JSON with escaped slashes": lambda s: json.dumps(s).replace("/", "\\/"),
    "in JSON in JSON": lambda s: json.dumps({"body": json.dumps({"t": s})}),
    "in HTML": html.escape,
    "in base64": lambda s: base64.b64encode(s.encode()).decode(),
    "in base64 for URLs": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "in base64 behind one byte": lambda s: base64.b64encode(b"x" + s.encode() + b"yz").decode(),
    "in base64 behind two bytes": lambda s: base64.b64encode(b"xy" + s.encode() + b"z").decode(),
    "in base64 of a user and a password": lambda s: base64.b64encode(f"me:{s}".encode()).decode(),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_known_secret_is_found_however_it_is_written(way):
    written = way(SPECIAL)
    masked = Mask(SPECIAL).text(f"before {written} after")
    assert MASK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "5ecret" not in masked
    core = base64.b64encode(SPECIAL.encode()).decode()[4:16]
    assert core not in masked


@given(st.text(min_size=6), st.text(), st.text())
def test_no_text_holds_a_known_secret_after_masking(secret, before, after):
    if MASK[0] in secret:
        return  # made of the mask itself
    masked = Mask(secret).text(before + secret + after)
    assert secret not in masked.replace(MASK, "\0")


SEEN = [
    # (text, what stays of it)
    ('{"token": "s3cr3t-t0k3n"}', f'{{"token": "{MASK}"}}'),
    ('{"data":{"claim_token":"clm_1","user_id":"anon_1"}}', None),
    ('{"accessToken":"s3cr3t-t0k3n"}', f'{{"accessToken":"{MASK}"}}'),
    ('{"client_id": "11111111-2222"}', f'{{"client_id": "{MASK}"}}'),
    ('{"clientId": "11111111-2222"}', f'{{"clientId": "{MASK}"}}'),
    ('{"password":"a\\"b"}', f'{{"password":"{MASK}"}}'),
    (r'{"inner":"{\"token\":\"s3cr3t-t0k3n\"}"}', rf'{{"inner":"{{\"token\":\"{MASK}\"}}"}}'),
    ("https://h/x?token=s3cr3t&y=1", f"https://h/x?token={MASK}&y=1"),
    ("https://h/x?X-Amz-Signature=0a1b2c&y=1", f"https://h/x?X-Amz-Signature={MASK}&y=1"),
    ("api_key=s3cr3t client_secret=other", f"api_key={MASK} client_secret={MASK}"),
    (
        '{"detail":"no such token: Bearer s3cr3t.t0k3n"}',
        f'{{"detail":"no such token: Bearer {MASK}"}}',
    ),
    ("see nmv_usr_Abc-123 and clm_x9", f"see {MASK} and {MASK}"),
    ("ct%3Dclm_x9%26a", f"ct%3D{MASK}%26a"),
    ('{"token":"\\ud800-0123456"}', f'{{"token":"{MASK}"}}'),
    ("a eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl b", f"a {MASK} b"),
]


@pytest.mark.parametrize(("text", "left"), SEEN, ids=[text[:24] for text, _ in SEEN])
def test_what_looks_like_a_secret_is_masked_where_it_stands(text, left):
    masked = Mask().text(text)
    if left is None:
        assert json.loads(masked) == {"data": {"claim_token": MASK, "user_id": "anon_1"}}
    else:
        assert masked == left
    assert Mask().text(masked) == masked


INNOCENT = [
    '{"token_count": 12, "tokens": ["a", "b"], "token_type": "bearer"}',
    '{"secretary": "Ann", "key": "C major", "id": "render_1795400740788_a180942b"}',
    '{"session_id":"1388341027003350529","draft":{"t":[{"tt":0,"sg":[{"d":23000}]}]}}',
    "the signature tune = calm; a Bearer token is missing",
    "https://h/media/98f0fb83f574509bafd0ca288cd097cc/my-vlog.mp4?range=0-7",
    "音乐 música ü \u2028",
    "",
]


@pytest.mark.parametrize("text", INNOCENT, ids=lambda text: text[:24])
def test_what_is_no_secret_is_left_alone(text):
    assert Mask("s3cr3t-t0k3n").text(text) == text


LEARNT = [
    ('{"token":"s3cr3t-t0k3n"}', "s3cr3t-t0k3n", True),
    ('{"token":"abcdefghijklmnopqrst"}', "abcdefghijklmnopqrst", True),
    ('{"token":"a\\/b-0123456"}', "a/b-0123456", True),
    ("?access_token=a%2Fb-0123456", "a/b-0123456", True),
    ('{"token":"music"}', "music", False),  # a word: masking it everywhere would hide the log
    ('{"secret":"background music"}', "background music", False),
    ('{"token":"v1.2"}', "v1.2", False),
]


@pytest.mark.parametrize(("seen", "later", "known"), LEARNT)
def test_a_secret_that_was_seen_is_known_afterwards_unless_it_may_be_a_word(seen, later, known):
    mask = Mask()
    assert later not in mask.text(seen)
    assert (later not in mask.text(f"again {later}")) is known


HEADERS = [
    ("Authorization", "Bearer s3cr3t-t0k3n", f"Bearer {MASK}"),
    ("Authorization", "s3cr3t-t0k3n", MASK),
    ("Authorization", "", ""),
    ("Proxy-Authorization", "Basic bWU6cGE1NXcwcmQ=", f"Basic {MASK}"),
    ("Authorization", 'Digest username="me", response="0a1b2c"', f"Digest {MASK}"),
    ("X-Client-Id", "11111111-2222", MASK),
    ("X-Engine-Secret", "0a1b2c3d", MASK),
    ("X-Amz-Security-Token", "0a1b2c3d", MASK),
    ("X-Api-Key", "0a1b2c3d", MASK),
    ("Cookie", "session=0a1b2c3d; theme=dark", f"session={MASK}; theme={MASK}"),
    (
        "Set-Cookie",
        "session=0a1b2c3d; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/",
        f"session={MASK}; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/",
    ),
    ("X-Skill-Source", "music-cog-free", "music-cog-free"),
    ("Location", "https://h/x?token=0a1b2c3d", f"https://h/x?token={MASK}"),
    ("Content-Type", "application/json", "application/json"),
]


@pytest.mark.parametrize(("name", "value", "left"), HEADERS)
def test_headers_keep_what_they_say_and_lose_what_they_hide(name, value, left):
    assert _line(name, value) == f"{name.lower()}: {left}"


def test_header_lines_of_one_name_stay_apart():
    lines = [(b"Set-Cookie", b"a=0a1b2c3d"), (b"Set-Cookie", b"b=1a2b3c4d"), (b"Via", b"x")]
    mask = Mask()
    assert mask.headers(lines) == (
        ("set-cookie", f"a={MASK}"),
        ("set-cookie", f"b={MASK}"),
        ("via", "x"),
    )
    assert mask.text("0a1b2c3d 1a2b3c4d") == f"{MASK} {MASK}"


def test_a_header_seen_before_is_masked_anew_when_a_secret_is_learnt():
    mask = Mask()
    line = [(b"X-Echo", b"0a1b2c3d4e")]
    assert mask.headers(line) == (("x-echo", "0a1b2c3d4e"),)
    mask.learn("0a1b2c3d4e")
    assert mask.headers(line) == (("x-echo", MASK),)


def test_a_basic_password_is_known_by_itself():
    mask = Mask()
    mask.headers([(b"Authorization", b"Basic " + base64.b64encode(b"me:pa55w0rd!"))])
    assert mask.text("it was pa55w0rd!") == f"it was {MASK}"


@pytest.mark.parametrize("length", range(6, 25))
def test_the_beginning_of_a_secret_is_masked_where_a_text_was_cut(length):
    whole = "c4n4ry-5ecret-0123456789"
    assert Mask(whole).cut("see " + whole[:length]) == f"see {MASK}"


def test_hostile_texts_take_no_long_time():
    mask = Mask("s3cr3t-t0k3n")
    for text in ("a-" * 500_000 + "token", "\\" * 500_000, '"token":"' * 50_000, "=" * 1_000_000):
        mask.text(text)


def test_it_tells_no_secret_about_itself():
    assert "s3cr3t" not in repr(Mask("s3cr3t-t0k3n"))
