"""The exception for SQL that is not known to mean the same in Spark."""


class UntranslatableError(Exception):
    """A query, or a part of it, that has no translation; the message is the reason."""
