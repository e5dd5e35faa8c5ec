"""Logging: records of the standard library to a file or to stderr, as text or JSON, without secrets."""
