"""The runs folder: list the runs, resolve their names, read their status, verify and prune them, lock the folder."""

from iamsql.runs.directory import ENDING, FIRST, PARTIAL, STAMP, RunFile, exposed, list_runs, runs_folder
from iamsql.runs.run_names import resolve

__all__ = ["ENDING", "FIRST", "PARTIAL", "STAMP", "RunFile", "exposed", "list_runs", "resolve", "runs_folder"]
