"""Media work, done in processes of its own: probe, separate, mix, render."""
