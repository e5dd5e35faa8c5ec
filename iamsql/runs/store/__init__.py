"""Write and read DuckDB files: a run file is written once, under a temporary name, and is read-only afterwards."""
