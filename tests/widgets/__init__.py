"""Tests of the widgets without a browser: a package, since tests/ui has files of the same names."""
