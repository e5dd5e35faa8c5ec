"""Rewrites of PostgreSQL's functions, one module a subject, and of the operators of particular types."""
