"""`cogwidgets serve` as a process of its own, as people run it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path


class Served:
    """A server process: its address, and the lines it has printed."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self.url = ""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._ready.wait(60), "the server printed no address"
        assert self.url, self.printed

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(r"answers at (http://[^ ]+)", line):
                self.url = found[1]
                self._ready.set()
        self._ready.set()

    @property
    def printed(self):
        """All that it has printed, on both of its streams."""
        return "".join(self.lines)

    def kill(self):
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(30)
        self._reader.join(30)

    def stop(self, number=signal.SIGTERM):
        """Ask it to stop; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(30)
        return code


@contextlib.contextmanager
def serving(home, *arguments, **environment):
    """A server on a home of its own, ended whatever happens."""
    command = [sys.executable, "-W", "error", "-m", "cogwidgets", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COG_HOME": str(home), **environment},
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def workers_of(process):
    """The processes that a process has started, as Linux tells."""
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for path in children for child in path.read_text().split()]
