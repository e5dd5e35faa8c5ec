"""`sync --resume` and `sync --retry-gaps`: select the run to continue, load what it has, and take its stored options."""
