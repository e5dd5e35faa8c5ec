"""Validate regular expressions with RE2, as DuckDB does, without the messages that RE2 writes to standard error."""

from __future__ import annotations

from typing import cast

from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RE2RegexEngine, RegexPattern


class QuietRE2(RE2RegexEngine):
    """RE2 as pySigma uses it. Its messages contain text of the rule, with characters that control a terminal."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        """Return the compiled expression, without the flags, which do not change its validity. Raise `error` if it is invalid."""
        options = self._re2.Options()
        options.log_errors = False
        try:
            return cast(RegexPattern, self._re2.compile(pattern, options))
        except self.error as error:
            (reason,) = error.args  # bytes
            raise self.error(reason.decode(errors="replace")) from None


SIGMA_POLICY = SigmaPolicy(regex_engine=QuietRE2())
