"""The answer of a check: rows, and their number by status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iamsql.query.answer import Answer

__all__ = ["Answer", "CheckAnswer"]


@dataclass(frozen=True, repr=False)
class CheckAnswer(Answer):
    """The results of controls, or the findings of detections.

    `counts` has the number of results by status; of detections, the number of findings as `alarm`, and as `error` the number of
    detections that could not be evaluated in an account. `failures` has the errors of queries that failed.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[str] = ()

    @property
    def passed(self) -> bool | None:
        """Whether nothing was found: False for an alarm or a finding, None if a result is unknown, True otherwise."""
        if self.counts.get("alarm"):
            return False
        return None if self.failures or self.counts.get("error") else True
