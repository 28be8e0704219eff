"""Run the command line with ``python -m cogwidgets``."""

import sys

from cogwidgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
