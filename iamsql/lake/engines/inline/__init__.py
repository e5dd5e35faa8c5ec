"""Replace the macros and views that a query uses with their text, so an engine without DuckDB's macros can run the query.

`expand.inline` returns the tree of the query, `grammar.to_duckdb_text` its DuckDB SQL. A tree has subscripts that begin with 1.
"""
