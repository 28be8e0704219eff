"""Snippets: a call as a shell command and as Python code, to be run as they stand.

Secrets are not in them: the token is read from ``NEMO_TOKEN``, the client id from
``NEMO_CLIENT_ID`` (contract.md, "Environment"), another secret header from a variable of its name.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from cogwidgets.trace.capture import is_text
from cogwidgets.trace.mask import MASK
from cogwidgets.trace.pretty import json_text
from cogwidgets.trace.resend import sendable_headers

if TYPE_CHECKING:
    from cogwidgets.trace.call import Call
    from cogwidgets.trace.shelf import Part

__all__ = ["curl", "python"]

_LONGEST = 100_000  # bytes of one argument; Linux takes 128 KiB
_VARIABLES = {"authorization": "NEMO_TOKEN", "x-client-id": "NEMO_CLIENT_ID"}


def curl(call: Call) -> str:
    r"""Return a shell command that makes the call.

    A stream is shown as it comes, media are written to a file, an upload reads the file of its name
    from the working folder. A secret inside the URL or the body is not known any more: the command
    then begins with a comment that says so.

    >>> import httpx
    >>> from cogwidgets.trace import CallLog, Mask, RecordingTransport
    >>> log = CallLog()
    >>> answer = httpx.MockTransport(lambda request: httpx.Response(200))
    >>> client = httpx.Client(transport=RecordingTransport(answer, log, Mask()))
    >>> _ = client.get("http://localhost/x", headers={"Authorization": "Bearer s3cret-t0ken"})
    >>> print(curl(log[0]))
    curl http://localhost/x \
      -H "authorization: Bearer $NEMO_TOKEN"
    """
    url = shlex.quote(call.url)
    options = []
    if call.event_count or call.content_type == "text/event-stream":
        options.append("-N")
    if any(c in call.url for c in "[]{}"):
        options.append("--globoff")
    implied = "POST" if call.request_body or call.parts else "GET"
    if call.method == "HEAD":
        options.append("--head")
    elif call.method != implied:
        options.append(f"-X {shlex.quote(call.method)}")
    lines = [" ".join(["curl", *options, url])]
    headers = sendable_headers(call)
    if call.parts:
        headers.pop("content-type", None)  # it names the boundary, which is curl's to choose
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    lines += [f'-H "{_escaped(name)}: {_shell(name, value)}"' for name, value in _masked(call)]
    if call.request_body and not call.parts and "content-type" not in call.request_headers:
        lines.append("-H content-type:")  # or curl says that it is a form
    lines += [_form(part) for part in call.parts]
    body, here = call.request_body, ""
    if not call.parts and body:
        if len(body.encode()) < _LONGEST:
            lines.append(f"--data-raw {shlex.quote(body)}")
        else:
            end = _end_of(body)
            lines.append(f"--data-binary @- <<'{end}'")
            here = f"\n{body}\n{end}"
    if _is_media(call):
        lines.insert(-1 if here else len(lines), f"--output {shlex.quote(_file_name(call))}")
    return _warning(call) + " \\\n  ".join(lines) + here


def python(call: Call) -> str:
    """Return Python code that makes the call with httpx and prints the answer."""
    streamed = call.event_count or call.content_type == "text/event-stream" or _is_media(call)
    headers = [
        f"{_literal(name)}: {_literal(value)}," for name, value in sendable_headers(call).items()
    ]
    if call.parts:
        headers = [line for line in headers if not line.startswith('"content-type"')]
    headers += [f"{_literal(name)}: {_python(name, value)}," for name, value in _masked(call)]
    arguments = [f"{_literal(call.method)},", f"{_literal(call.url)},"]
    if headers:
        arguments.append("headers={\n" + _indented(headers) + "\n},")
    if call.parts:
        files = [_python_part(part) for part in call.parts]
        arguments.append("files=[\n" + _indented(files) + "\n],")
    elif call.request_json is not None:
        arguments.append(f"json={json_text(call.request_json, write=_literal)},")
    elif call.request_body:
        arguments.append(f"content={_literal(call.request_body)},")
    arguments.append("timeout=600,")
    made = _indented(arguments)
    if not streamed:
        code = f"response = httpx.request(\n{made}\n)\nprint(response.status_code, response.text)"
    elif _is_media(call):
        code = (
            f"with httpx.stream(\n{made}\n) as response, "
            f'open({_literal(_file_name(call))}, "wb") as file:\n'
            "    for chunk in response.iter_bytes():\n        file.write(chunk)"
        )
    else:
        code = (
            f"with httpx.stream(\n{made}\n) as response:\n"
            '    for text in response.iter_text():\n        print(text, end="", flush=True)'
        )
    imports = "import os\n\nimport httpx" if "os.environ" in code else "import httpx"
    return f"{_warning(call)}{imports}\n\n{code}\n"


def _masked(call: Call) -> list[tuple[str, str]]:
    return [(name, value) for name, value in call.request_headers.items() if MASK in value]


def _variable(name: str) -> str:
    return _VARIABLES.get(name) or re.sub(r"\W", "_", name).upper()


def _shell(name: str, value: str) -> str:
    """Write a header's value between double quotes, with a variable where a secret was."""
    return f"${_variable(name)}".join(map(_escaped, value.split(MASK)))


def _escaped(text: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", text)


def _python(name: str, value: str) -> str:
    secret = f"os.environ[{_literal(_variable(name))}]"
    plain = [_literal(text) if text else "" for text in value.split(MASK)]
    return " + ".join(filter(None, [plain[0], *(t for text in plain[1:] for t in (secret, text))]))


def _form(part: Part) -> str:
    if part.filename is None:
        return f"--form-string {shlex.quote(f'{part.name}={part.value}')}"
    quoted = re.sub(r'([\\"])', r"\\\1", part.filename)
    kind = f";type={part.content_type}" if part.content_type else ""
    named = f'{part.name}=@"{quoted}"{kind}'
    return f"--form {shlex.quote(named)}"


def _python_part(part: Part) -> str:
    name = _literal(part.name)
    if part.filename is None:
        return f"({name}, (None, {_literal(part.value)})),"
    file = _literal(part.filename)
    kind = f", {_literal(part.content_type)}" if part.content_type else ""
    return f'({name}, ({file}, open({file}, "rb"){kind})),'


def _end_of(body: str) -> str:
    """Return a line that ends a here-document because it does not stand in it."""
    end = "END"
    while end in body:
        end += "_"
    return end


def _is_media(call: Call) -> bool:
    return call.response_size > 0 and not is_text(call.content_type)


def _file_name(call: Call) -> str:
    """Return the name that the answer gives its file, else the last of the path."""
    named = call.response_headers.get("content-disposition", "").partition('filename="')[2]
    name = named.partition('"')[0] or call.path
    return name.rstrip("/").rpartition("/")[2] or "answer"


def _warning(call: Call) -> str:
    if MASK not in call.url + call.request_body:
        return ""
    return f"# {MASK} stands for a secret that was not kept: put it in before you run this.\n"


def _literal(value: Any) -> str:
    """Return a JSON value as Python code on one line."""
    if isinstance(value, dict):
        pairs = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _indented(lines: list[str]) -> str:
    """Indent at line feeds alone: a text may hold other characters that some call line breaks."""
    return "    " + "\n".join(lines).replace("\n", "\n    ")
