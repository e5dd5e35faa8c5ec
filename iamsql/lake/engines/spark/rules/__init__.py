"""Rules by family: each translates a kind of expression so that Spark returns the value that DuckDB returns."""
