"""What people type, and the draft that it must give: a line each in the tables beside this."""

from pathlib import Path

import pytest
from shelf import outcome, written

PHRASES = [
    Path(__file__).with_name(name)
    for name in ("drafts.txt", "unseen.txt", "english.txt", "chinese.txt", "talks.txt")
]


def rows(*paths):
    base = ""
    for line in "\n".join(path.read_text("utf-8") for path in paths).splitlines():
        if line.startswith("["):
            base = line[1 : line.index("]")]
        elif " => " in line and base:
            phrase, _, meant = line.partition(" => ")
            yield pytest.param(phrase, base, meant, id=f"{base}: {phrase}")


@pytest.mark.parametrize(("phrase", "base", "meant"), list(rows(*PHRASES)))
def test_what_people_type_gives_the_draft_they_want(phrase, base, meant):
    before, after, said = outcome(phrase, base)
    got = written(before, after) + "".join(f" +{word}" for word in said)
    assert got == meant
