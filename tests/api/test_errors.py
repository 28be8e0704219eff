"""Which error an answer means, wherever its code stands."""

import pytest

from cogwidgets import api
from cogwidgets.api.errors import error_for

MEANINGS = [
    (200, {"code": 0, "data": {}}, None),
    (200, {"success": True, "data": {}}, None),
    (200, None, None),
    (200, {"code": 1001, "message": "m"}, api.TokenExpired),
    (401, {"message": "m"}, api.TokenExpired),
    (403, {"code": "1001", "msg": "m"}, api.TokenExpired),
    (200, {"code": 1002, "message": "m"}, api.SessionNotFound),
    (404, {"detail": "Session not found: m"}, api.SessionNotFound),
    (200, {"code": 2001, "message": "m"}, api.NoCredits),
    (400, {"code": 400, "message": "m"}, api.MissingClientId),
    (400, {"code": 4001, "message": "m"}, api.UnsupportedFile),
    (413, {"code": 4002, "message": "m"}, api.FileTooLarge),
    (402, {"success": False, "error": "m"}, api.ExportBlocked),
    (200, {"code": 402, "message": "m"}, api.ExportBlocked),
    (429, "not json", api.RateLimited),
    (500, {"detail": "m"}, api.ServiceError),
    (200, {"code": 7777, "message": "m"}, api.ServiceError),
    (200, {"success": False, "error": "m"}, api.ServiceError),
]


@pytest.mark.parametrize(("status", "body", "kind"), MEANINGS)
def test_a_code_counts_wherever_it_stands(status, body, kind):
    error = error_for(status, body)
    assert type(error) is (type(None) if kind is None else kind)


def test_an_error_says_what_happened_and_what_to_do():
    error = error_for(402, {"code": 402, "message": "Export is blocked."})
    assert str(error) == "Export is blocked. Register or upgrade your plan to unlock export."


def test_what_the_caller_can_mend_ends_a_command_with_2():
    assert api.UnsupportedFile("x").exit_code == api.FileProblem("x").exit_code == 2
    assert api.ServiceError("x").exit_code == 1
