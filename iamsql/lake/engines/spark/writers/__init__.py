"""What sqlglot's generator for Spark writes otherwise than DuckDB means it, by family of expressions."""
