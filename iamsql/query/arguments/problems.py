"""What is wrong with an argument, in the words of the error."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.escaping import printable
from iamsql.model import IamsqlError

MAX_VALUE_CHARACTERS = 100  # characters of a value in an error
MAX_LISTED_VALUES = 10  # values in an error


class ArgumentError(Exception):
    """A value that is not one of its type: what is wrong, after the value, then values that resemble it, and the next step."""

    def __init__(self, text: str, problem: str, near: Sequence[str] = (), step: str = "") -> None:
        """Store the value, the end of the sentence, the near values and the next step."""
        super().__init__(text, problem)
        self.text, self.problem, self.near, self.step = text, problem, tuple(near), step

    def error(self, query: str = "", param: str = "") -> IamsqlError:
        """Return the error, with the query and the parameter."""
        suggestions = printable(" or ".join(self.near))
        prefix = f"{query}: {param} " if query else ""
        text = (
            f"{prefix}{quote_value(self.text)} {self.problem}{f'; did you mean {suggestions}?' if suggestions else '.'}"
        )
        return IamsqlError(f"{text}\n{self.step}" if self.step else text)


def quote_value(text: str) -> str:
    """Return a value between quotes, shortened, without characters that a terminal obeys."""
    shortened = text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}…"
    return f"'{printable(shortened)}'"


def shortened_list(values: Sequence[str]) -> str:
    """Return values as a list that is not too long for an error."""
    omitted_count_text = f" and {len(values) - MAX_LISTED_VALUES} more" if len(values) > MAX_LISTED_VALUES else ""
    return printable(", ".join(values[:MAX_LISTED_VALUES])) + omitted_count_text
