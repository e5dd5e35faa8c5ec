"""Where runs are kept, how people name one, and what becomes of them over time."""

from iamsql.runs.folder import ENDING, FIRST, PARTIAL, STAMP, RunFile, exposed, list_runs, runs_folder
from iamsql.runs.names import resolve

__all__ = ["ENDING", "FIRST", "PARTIAL", "STAMP", "RunFile", "exposed", "list_runs", "resolve", "runs_folder"]
