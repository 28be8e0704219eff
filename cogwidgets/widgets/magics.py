"""Magics: ``%load_ext cogwidgets``, and ``%%cog_record walk.har`` above a cell.

The cell magic keeps what a cell does on the wire, whichever clients it makes or uses, as one HAR
that `cogwidgets.replay` answers from.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from cogwidgets.trace import CallLog, overheard

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["CogMagics"]


@magics_class
class CogMagics(Magics):
    """The magics of this package."""

    @magic_arguments()  # type: ignore[untyped-decorator]
    @argument("path", help="the HAR to write, walk.har for one")  # type: ignore[untyped-decorator]
    @argument("--media", action="store_true", help="with downloads")  # type: ignore[untyped-decorator]
    @cell_magic
    def cog_record(self, line: str, cell: str) -> None:
        """Record the calls that this cell makes as HAR; secrets are masked."""
        options = parse_argstring(self.cog_record, line)
        path = Path(options.path)
        if path.suffix != ".har":
            raise UsageError(f"A recording's name ends in .har, {options.path!r} does not.")
        shell: InteractiveShell = self.shell  # type: ignore[assignment]
        with overheard() as calls:
            result = shell.run_cell(cell)  # shows its own errors; what was recorded stays
        CallLog(calls).har(path, media=options.media)
        number = "1 call" if len(calls) == 1 else f"{len(calls)} calls"
        print(f"Recorded {number} in {path}; cog.replay({str(path)!r}) answers from it.")  # noqa: T201
        result.raise_error()
