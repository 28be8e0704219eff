"""The command line: clean, demo, lab, serve, clean-up.

Exit codes: 0 done, 1 our failure, 2 something the caller can mend, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cogwidgets import __version__
from cogwidgets.api.errors import CallerError, CogError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cogwidgets.oneline import Cleaned

__all__ = ["main"]

STOP_GRACE = 5  # s, for what ends soon; who stops a service kills it after ten


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except CogError as error:
        print(f"cogwidgets: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\ncogwidgets: stopped; nothing was half written.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("COG_DEBUG"):
            raise
        said = str(error).partition("\n")[0]
        print(
            f"cogwidgets: this is our fault: {type(error).__name__}: {said} "
            "Set COG_DEBUG=1 to see where.",
            file=sys.stderr,
        )
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    from cogwidgets.oneline import Mood, Strength

    parser = argparse.ArgumentParser(
        prog="cogwidgets",
        description="Clear the background music from a video and keep the speech.",
    )
    parser.add_argument("--version", action="version", version=f"cogwidgets {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    clean = commands.add_parser("clean", help="clear the music from videos")
    clean.add_argument("files", nargs="+", metavar="IN", help="a video; it is never changed")
    clean.add_argument("-o", "--out", metavar="OUT", help="the result, or a folder for several")
    clean.add_argument(
        "--music",
        default="none",
        metavar="none|" + "|".join(get_args(Mood)) + "|FILE",
        help="what to lay under the speech instead (none)",
    )
    clean.add_argument(
        "--strength",
        default="normal",
        choices=get_args(Strength),
        help="how hard to press the music down (normal)",
    )
    clean.set_defaults(run=_clean)

    demo = commands.add_parser("demo", help="clean the sample video and say what happened")
    demo.add_argument("-o", "--out", metavar="OUT", default="vlog-clean.mp4", help="the result")
    demo.set_defaults(run=_demo)

    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    lab.add_argument("folder", nargs="?", default=".", help="where the notebooks are")
    lab.set_defaults(run=_lab)

    serve = commands.add_parser("serve", help="run the engine for other programs")
    serve.add_argument("--port", type=int, default=8765, metavar="N", help="8765; 0 takes any")
    serve.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (127.0.0.1)"
    )
    serve.add_argument(
        "--url", metavar="URL", help="the address that callers know, where a proxy stands before it"
    )
    serve.add_argument(
        "--shared",
        action="store_true",
        help="for a service that strangers use: credits, one token a week, narrower limits",
    )
    serve.add_argument(
        "--keep-days", type=float, metavar="N", help="remove media of sessions unused for N days"
    )
    serve.add_argument(
        "--log", metavar="FILE", help="write the log, lines of JSON, there; - is the terminal"
    )
    serve.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="WHERE=WHAT[@NTH]",
        help="have a call go wrong, for lessons and tests: run_sse=cut, state=1002@2",
    )
    serve.set_defaults(run=_serve)

    clean_up = commands.add_parser("clean-up", help="remove what the engine need not keep")
    clean_up.add_argument(
        "--older-than",
        type=float,
        metavar="DAYS",
        help="also the media of sessions that nobody has used for so long",
    )
    clean_up.add_argument(
        "--dry-run", action="store_true", help="say what would go, remove nothing"
    )
    clean_up.set_defaults(run=_clean_up)
    return parser


def _clean(arguments: argparse.Namespace) -> int:
    from cogwidgets.connection import connect
    from cogwidgets.oneline import check_job, clean_with

    jobs = [
        check_job(file, _out_for(file, arguments), arguments.music, arguments.strength)
        for file in arguments.files
    ]
    targets = [target for _, target, _ in jobs]
    if len(set(targets)) < len(targets):
        raise CallerError(
            "Two of the inputs would be written to one file.", hint="Clean them one by one."
        )
    failed = 0
    with connect() as client:
        for source, target, music in jobs:
            started = time.monotonic()
            try:
                done = clean_with(client, source, target, music=music, strength=arguments.strength)
            except CogError as error:
                if len(jobs) == 1:
                    raise
                print(f"cogwidgets: {source}: {error}", file=sys.stderr)
                failed = max(failed, error.exit_code)
            else:
                _report(source, done, time.monotonic() - started)
    return failed


def _out_for(file: str, arguments: argparse.Namespace) -> Path | None:
    if arguments.out is None:
        return None
    out = Path(arguments.out)
    if len(arguments.files) == 1 and not out.is_dir():
        return out
    if not out.is_dir():
        raise CallerError(
            f"{out} is not a folder, and there are several inputs.", hint="Make the folder first."
        )
    from cogwidgets.oneline import default_target

    return out / default_target(Path(file)).name


def _report(source: Path, done: Cleaned, seconds: float) -> None:
    export, drop = done.export, done.music_drop
    music = "music removed" if done.found_music else "no music found"
    if drop is not None:
        music += f", about {drop:.0f} dB in the pauses"
    print(f"{source.name} → {export.path}")
    print(f"  {export.duration:.0f} s in {seconds:.1f} s · {music}")


def _demo(arguments: argparse.Namespace) -> int:
    from cogwidgets.connection import connect
    from cogwidgets.oneline import check_job, clean_with
    from cogwidgets.sample import VLOG, music_drop

    source, target, music = check_job(VLOG, arguments.out, "none", "normal")
    started = time.monotonic()
    with connect("local", tell=print) as client:
        done = clean_with(client, source, target, music=music, strength="normal")
    seconds = time.monotonic() - started
    print(f"file    {source.name}, {done.export.duration:.0f} s of speech over music")
    print(f"took    {seconds:.1f} s on this machine")
    print(f"music   {music_drop(target):.0f} dB quieter in the pauses of the speech")
    print(f"result  {done.export.path}")
    return 0


def _lab(arguments: argparse.Namespace) -> int:
    import importlib.util
    import subprocess

    if importlib.util.find_spec("jupyterlab") is None:
        raise CallerError(
            "JupyterLab is not installed here.", hint="Run: pip install 'cogwidgets[lab]'."
        )
    command = [sys.executable, "-m", "jupyterlab", arguments.folder]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # as in a container
        command.append("--allow-root")
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own interpreter


def _serve(arguments: argparse.Namespace) -> int:
    import queue
    import signal
    from dataclasses import replace

    from cogwidgets.engine import SHARED, Engine, EngineError, Faults, Policy

    # A signal may come while this very thread waits for it: an Event is no use, its lock is held.
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()
    engine: Engine | None = None

    def stop(number: int, _: object) -> None:
        if not asked.empty() and engine is not None:
            engine.hurry()
        asked.put(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    policy = SHARED if arguments.shared else Policy()
    if arguments.keep_days is not None:
        policy = replace(policy, keep_days=arguments.keep_days)
    with _log(arguments.log):
        try:
            engine = Engine(
                host=arguments.host,
                port=arguments.port,
                public_url=arguments.url,
                policy=policy,
                faults=Faults(arguments.fault),
            ).start()
        except (EngineError, ValueError) as error:
            raise CallerError(str(error)) from None
        with engine:
            print(f"The engine answers at {engine.url} (Ctrl-C stops it).", flush=True)
            print(f"It keeps its files in {engine.home}.", flush=True)
            print(f"Connect with cogwidgets.connect(base_url={engine.url!r}).", flush=True)
            print(f"How it is doing: {engine.status_url}", flush=True)
            if engine.faults:
                print(f"Calls will go wrong, as asked: {engine.faults!r}.", flush=True)
            while asked.empty():
                with contextlib.suppress(queue.Empty):  # Windows: Ctrl-C between waits
                    asked.put(asked.get(timeout=0.5 if os.name == "nt" else None))
            work = engine.work
            if work and any(work):
                print(
                    f"Stopping: {work} get{'s' * (sum(work) == 1)} {STOP_GRACE} s to finish "
                    "(Ctrl-C hands over at once).",
                    flush=True,
                )
            left = engine.stop(grace=STOP_GRACE)
            if left and any(left):
                goes = "goes" if sum(left) == 1 else "go"
                print(f"Handed over: {left} {goes} on when an engine is started here again.")
    print("Stopped.")
    return 0


@contextlib.contextmanager
def _log(file: str | None) -> Iterator[None]:
    """Write the engine's log where it was asked for; by default what is wrong, on the terminal."""
    import logging

    from cogwidgets.engine.logs import LOGGER, log_to

    level = logging.WARNING if file is None else logging.INFO
    file = file or "-"
    with contextlib.ExitStack() as stack:
        try:
            stream = (
                sys.stderr
                if file == "-"
                else stack.enter_context(open(file, "a", encoding="utf-8"))  # noqa: PTH123
            )
        except OSError as error:
            raise CallerError(f"{file} cannot be written ({error.strerror}).") from None
        handler = log_to(stream, level)
        try:
            yield
        finally:
            LOGGER.removeHandler(handler)


def _clean_up(arguments: argparse.Namespace) -> int:
    from cogwidgets import settings
    from cogwidgets.engine.housekeeping import sweep
    from cogwidgets.engine.store import Store

    home = settings.home()
    if not (home / "engine.db").exists():
        print(f"There is nothing in {home}.")
        return 0
    try:
        store = Store(home)
    except OSError as error:
        raise CallerError(f"The folder {home} cannot be used ({error}).") from None
    try:
        swept = sweep(store, unused_days=arguments.older_than, dry=arguments.dry_run)
    finally:
        store.close()
    print(f"{'Would remove' if arguments.dry_run else 'Removed'} {swept}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
