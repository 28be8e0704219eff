"""The agent: words in, edits of the draft out."""
