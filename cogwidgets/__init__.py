"""Clear the background music from a video, and see every API call that did it."""

__version__ = "0.1.0.dev0"
