"""`sync --resume` and `sync --retry-gaps`: select the run to continue, load its data, and apply its stored options."""
