"""Compile declarations to SQL: tables from raw items, and the macros of run files."""
