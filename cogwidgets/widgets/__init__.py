"""SHOW: thin views over a session."""
