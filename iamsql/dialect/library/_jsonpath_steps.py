"""The SQL of the steps of a JSON path. A step maps a list of items to a list of items; NULL in place of a list is an error.

Lax mode unwraps arrays and skips what is missing. Strict mode reports both as errors, and a filter treats them as unknown.
"""

from __future__ import annotations

import re

from iamsql.dialect.build import quote

# The test of a pair of items for each comparison.
_TESTS = {
    "==": "pg_path_equal(left_, {right})",
    "!=": "not pg_path_equal(left_, {right})",
    "<": "pg_path_less(left_, {right})",
    ">": "pg_path_less({right}, left_)",
    "<=": "pg_path_less(left_, {right}) or pg_path_equal(left_, {right})",
    ">=": "pg_path_less({right}, left_) or pg_path_equal(left_, {right})",
}
# Most comparisons have a literal on the right, which needs no second loop.
_SINGLE_LITERAL = re.compile(r"\[('(?:[^']|'')*'::json)\]")
NUMBER_METHODS = {"double": "", "ceiling": "ceil", "floor": "floor", "abs": "abs"}


def json_pointer(key: str) -> str:
    """Return the JSON pointer of a key, as a string literal of SQL."""
    return quote("/" + key.replace("~", "~0").replace("/", "~1"))


def _boolean(value: bool) -> str:
    return "true" if value else "false"


class Steps:
    """The steps in lax or strict mode; `lenient` steps follow `.**`, after which strict mode also skips missing members.

    `may_fail` reports afterwards whether the path can raise an error.
    """

    def __init__(self, strict: bool) -> None:
        self.strict, self.may_fail = strict, strict

    def unwrapped(self, items: str) -> str:
        """Return the items; lax mode replaces arrays by their elements."""
        return items if self.strict else f"pg_path_items({items})"

    def _select(self, step: str, arguments: str, lenient: bool) -> str:
        """Apply a step that strict mode checks; `lenient` is an argument of the strict macro only."""
        return (
            f"pg_path_strict_{step}({arguments}, {_boolean(lenient)})"
            if self.strict
            else f"pg_path_{step}({arguments})"
        )

    def member(self, items: str, key: str, lenient: bool) -> str:
        """Select the member of a key."""
        return self._select("member", f"{items}, {json_pointer(key)}", lenient)

    def members(self, items: str, lenient: bool) -> str:
        """Select the values of all keys."""
        return self._select("members", items, lenient)

    def elements(self, items: str, lenient: bool) -> str:
        """Select the elements of arrays; in lax mode they are the unwrapped items."""
        return self._select("elements", items, lenient) if self.strict else self.unwrapped(items)

    def subscripts(self, items: str, ranges: list[str], lenient: bool) -> str:
        """Select elements by positions; a range is `low, high, low is from the end, high is from the end`."""
        macro = "pg_path_slice"
        if self.strict:
            macro, ranges = "pg_path_strict_slice", [f"{each}, {_boolean(lenient)}" for each in ranges]
        if len(ranges) == 1:
            return f"{macro}({items}, {ranges[0]})"
        elements = ", ".join(f"{macro}([each_], {each})" for each in ranges)
        return f"pg_path_flatten(list_transform({items}, lambda each_: pg_path_flatten([{elements}])))"

    def descendants(self, items: str, low: int, high: int | None, leaves: bool) -> str:
        """Select the items and everything inside of them, from one level to another (None: the last)."""
        last = "null::integer" if high is None else str(high)
        return f"pg_path_descendants({items}, {low}, {last}, {_boolean(leaves)})"

    def size(self, items: str, lenient: bool) -> str:
        """Return the sizes of arrays; in lax mode the size of any other item is 1."""
        return f"pg_path_size({items}, {_boolean(lenient or not self.strict)})"

    def number_method(self, items: str, method: str) -> str:
        """Apply a method of NUMBER_METHODS; double() alone converts strings."""
        self.may_fail = True
        numbers = f"pg_path_numbers({self.unwrapped(items)}, {_boolean(method == 'double')})"
        return f"list_transform({numbers}, lambda number_: pg_path_number({NUMBER_METHODS[method]}(number_)))"

    def signed(self, items: str, sign: str) -> str:
        """Apply a unary sign to each number."""
        self.may_fail = True
        numbers = f"pg_path_numbers({self.unwrapped(items)}, false)"
        return f"list_transform({numbers}, lambda number_: pg_path_number({sign}number_))"

    def arithmetic(self, left: str, right: str, operator: str) -> str:
        """Combine two numbers; each operand must be a single number."""
        self.may_fail = True
        return f"pg_path_arithmetic({self.unwrapped(left)}, {self.unwrapped(right)}, '{operator}')"

    def key_values(self, items: str, part: str) -> str:
        """Return the keys or the values of objects (`keyvalue().key`, `keyvalue().value`)."""
        self.may_fail = True
        return f"pg_path_{part}s({self.unwrapped(items)})"

    def compared(self, left: str, right: str, operator: str) -> str:
        """Test each item of the left operand against each item of the right one; a literal is a single item."""
        if literal := _SINGLE_LITERAL.fullmatch(right):
            return f"list_transform({left}, lambda left_: {_TESTS[operator].format(right=literal[1])})"
        tests = f"list_transform({self.unwrapped(right)}, lambda right_: {_TESTS[operator].format(right='right_')})"
        return f"flatten(list_transform({left}, lambda left_: {tests}))"

    def any_true(self, tests: str) -> str:
        """Combine tests: the result is true if any test is true, in strict mode only if no test is unknown."""
        return f"{'pg_path_any_strict' if self.strict else 'pg_any'}({tests})"
