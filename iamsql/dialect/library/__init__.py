"""Rewrites of PostgreSQL's library of functions, one module a theme."""
