"""Write an inlined query in Trino's SQL, which Athena runs. Nothing here was ever executed by Trino.

JSON values are texts, as in the files of a lake. A construct without a rule is refused, so no query changes its meaning
silently.
"""
