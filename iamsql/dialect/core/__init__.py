"""Rewrites of operators and casts, and of the functions that most queries for Steampipe use."""
