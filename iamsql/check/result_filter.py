"""Which results of controls are returned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iamsql.check.selection import LEVELS
from iamsql.sqltext import literal


@dataclass(frozen=True)
class ResultFilter:
    """Which results to return, by severity, account and SQL condition, and the files of mutes."""

    severity: str = LEVELS[-1]
    accounts: tuple[str, ...] = ()
    where: str = ""
    mutes: tuple[Path, ...] = ()

    @property
    def condition(self) -> str:
        """Return the SQL condition on results, '' for all of them."""
        account_condition = f"account_id in ({', '.join(map(literal, self.accounts))})" if self.accounts else ""
        # A line break before the parenthesis, because --where may end with a comment.
        return "\n) and (\n".join(filter(None, (account_condition, self.where)))
