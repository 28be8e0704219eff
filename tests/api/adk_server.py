"""Serve a scripted agent with the real Agent Development Kit on loopback; prints its address.

The agent answers POST /run_sse (and /run) with: text deltas (only when streaming=true),
a function call, its function response (with a state delta), an error event when the
message holds the word "error", a Python exception when it holds "crash", no text at all when
it holds "silent" (an edit that only calls tools), else a final text. With streaming=true it also
sends what real ADK (>=1.22, progressive SSE) sends: a partial *preview* of the function call with
unfinished args, and a partial thought part; both must be ignored by a client.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator

import uvicorn
from google.adk.agents import BaseAgent
from google.adk.agents.invocation_context import InvocationContext  # noqa: TC002 - pydantic reads it
from google.adk.agents.run_config import StreamingMode
from google.adk.cli.fast_api import get_fast_api_app
from google.adk.cli.utils.base_agent_loader import BaseAgentLoader
from google.adk.events.event import Event
from google.adk.events.event_actions import EventActions
from google.genai import types

APP = "nemo_agent"
DELTAS = (
    "I removed ",
    "the background ",
    "music \u2028 and kept ",
    "the speech \u2014 \u65e0\u97f3\u4e50.",
)


class ScriptedAgent(BaseAgent):
    async def _run_async_impl(self, ctx: InvocationContext) -> AsyncGenerator[Event, None]:
        said = "".join(p.text or "" for p in (ctx.user_content.parts if ctx.user_content else []))
        streaming = ctx.run_config.streaming_mode is StreamingMode.SSE

        def event(*parts: types.Part, **kw) -> Event:
            content = (
                types.Content(role=kw.pop("role", "model"), parts=list(parts)) if parts else None
            )
            return Event(
                invocation_id=ctx.invocation_id,
                author=self.name,
                branch=ctx.branch,
                content=content,
                **kw,
            )

        if "crash" in said:
            yield event(types.Part(text="about to "), partial=True)
            raise RuntimeError("scripted crash")
        if "error" in said:
            yield event(
                error_code="RESOURCE_EXHAUSTED",
                error_message="scripted quota error",
                turn_complete=True,
            )
            return
        if streaming:
            yield event(types.Part(text="The user wants speech only.", thought=True), partial=True)
            yield event(
                types.Part(
                    function_call=types.FunctionCall(
                        id="call-1", name="separate_audio", args={"track": 1}
                    )
                ),
                partial=True,
            )
        yield event(
            types.Part(
                function_call=types.FunctionCall(
                    id="call-1", name="separate_audio", args={"track": 1, "keep": ["speech"]}
                )
            )
        )
        draft = {"t": [{"tt": 0, "sg": [{"d": 4000}]}, {"tt": 1, "sg": [{"d": 4000}]}], "d": 4000}
        yield event(
            types.Part(
                function_response=types.FunctionResponse(
                    id="call-1", name="separate_audio", response={"ok": True, "removed": "music"}
                )
            ),
            role="user",
            actions=EventActions(state_delta={"draft": draft}),
        )
        if "silent" in said:
            return
        for delta in DELTAS if streaming else ():
            await asyncio.sleep(0.02)
            yield event(types.Part(text=delta), partial=True)
        yield event(types.Part(text="".join(DELTAS)), turn_complete=True)


class OneAgent(BaseAgentLoader):
    """Loader that needs no agents folder on disk."""

    def __init__(self, agent: BaseAgent) -> None:
        self._agent = agent

    def load_agent(self, agent_name: str) -> BaseAgent:
        if agent_name != APP:
            raise ValueError(f"Agent not found: {agent_name!r}")
        return self._agent

    def list_agents(self) -> list[str]:
        return [APP]


def build_app():
    return get_fast_api_app(
        agents_dir=tempfile.mkdtemp(prefix="adk-agents-"),
        agent_loader=OneAgent(ScriptedAgent(name=APP)),
        session_service_uri="memory://",
        artifact_service_uri="memory://",
        memory_service_uri="memory://",
        use_local_storage=False,
        web=False,
        bind_host="127.0.0.1",
    )


def main() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201
        uvicorn.Server(uvicorn.Config(build_app(), log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
