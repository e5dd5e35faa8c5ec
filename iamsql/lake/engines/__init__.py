"""Run shipped queries on another SQL engine over the files of a lake, if their answers are known to equal DuckDB's."""
