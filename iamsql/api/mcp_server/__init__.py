"""A Model Context Protocol server over a run: an assistant lists, describes and runs queries, SQL and checks.

The server reads one run, and changes nothing. Its answers have the caveats of the commands, and are limited in rows and bytes.
"""
