"""Where runs are kept, how people name one, and what becomes of them over time."""

from iamsql.runs.directory import ENDING, FIRST, PARTIAL, STAMP, RunFile, exposed, list_runs, runs_folder
from iamsql.runs.run_names import resolve

__all__ = ["ENDING", "FIRST", "PARTIAL", "STAMP", "RunFile", "exposed", "list_runs", "resolve", "runs_folder"]
