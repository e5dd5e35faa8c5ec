"""The runs folder: list the runs, resolve their names, read their status, verify and prune them, lock the folder."""
