"""The run file: one DuckDB file a run, written once under another name, read by anyone."""
