"""Rewrites of what Steampipe's queries stand on: JSON operators, set-returning functions, patterns, casts, aggregates."""
