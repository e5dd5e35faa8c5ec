"""The Python API, which is also imported as `iamsql`: open a run, query and check it, compare it, write its report; collect one.

The commands call the same functions, so both return the same rows and notes.
"""

from __future__ import annotations

from iamsql.api.answer import Answer, CheckAnswer
from iamsql.api.opening import collect, open
from iamsql.api.run import Run

__all__ = ["Answer", "CheckAnswer", "Run", "collect", "open"]
