"""Who hears of what a client does: watchers of a session, and listeners of one thread."""

from cogwidgets.api import Api, Credentials
from cogwidgets.client import Client


def test_watchers_and_listeners_hear_what_concerns_them(engine, sample, caplog):
    drafts, told, events, others = [], [], [], []
    with Client(Api(engine.url, credentials=Credentials(client_id="tester"))) as client:
        client.hear = others.append
        session = client.session("my vlog")
        end = session.on_change(drafts.append)
        session.on_change(lambda _: 1 / 0)
        with client.listening(show=lambda step, _: told.append(step), hear=events.append):
            session.upload(sample)
            session.read_state()
            assert drafts == [session.draft]
            assert "ZeroDivisionError" in caplog.text
            assert told
            end()
            end()
            session.send("hello")
        assert events
        assert not others
        session.send("hello")
        assert others
        assert len(drafts) == 1
