"""DuckDB's connection and errors, for packages that execute SQL on a run file without importing duckdb."""

from __future__ import annotations

import duckdb

Connection = duckdb.DuckDBPyConnection
Error = duckdb.Error
OutOfMemoryError = duckdb.OutOfMemoryException
