"""What sqlglot's generator for Spark writes differently from what DuckDB means, by family of expressions."""
