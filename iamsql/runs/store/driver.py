"""DuckDB's engine without its Python package, whose relations, expressions and version take 35 ms to import and are not used.

The package documents the names of the engine as its own; the name of the extension module is not documented.
"""

from __future__ import annotations

try:
    import _duckdb as duckdb
except ImportError:  # a version of DuckDB whose extension module has another name
    import duckdb  # type: ignore[no-redef]

__all__ = ["duckdb"]
