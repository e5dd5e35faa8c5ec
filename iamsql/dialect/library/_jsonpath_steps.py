"""The SQL of the steps of a JSON path. A step maps a list of items to a list of items; NULL instead of a list is an error.

Lax mode unwraps arrays and skips what is missing. Strict mode reports both as errors, which a filter takes as unknown.
"""

from __future__ import annotations

import re

from iamsql.sqltext import literal

# the test of one pair of items, by the sign between them
TESTS = {
    "==": "pg_path_equal(left_, {right})",
    "!=": "not pg_path_equal(left_, {right})",
    "<": "pg_path_less(left_, {right})",
    ">": "pg_path_less({right}, left_)",
    "<=": "pg_path_less(left_, {right}) or pg_path_equal(left_, {right})",
    ">=": "pg_path_less({right}, left_) or pg_path_equal(left_, {right})",
}
SCALAR = re.compile(r"\[('(?:[^']|'')*'::json)\]")
NUMBERS = {"double": "", "ceiling": "ceil", "floor": "floor", "abs": "abs"}


def pointer(name: str) -> str:
    """Return the JSON pointer of a key, as an SQL literal."""
    return literal("/" + name.replace("~", "~0").replace("/", "~1"))


class Steps:
    """Write steps in one mode; `lenient` is set behind `.**`, where strict mode skips what is missing, too."""

    def __init__(self, strict: bool) -> None:
        self.strict, self.may_fail = strict, strict

    def _lenient(self, lenient: bool) -> str:
        return "true" if lenient else "false"

    def unwrapped(self, items: str) -> str:
        """Return the items, in lax mode with the elements of arrays in place of the arrays."""
        return items if self.strict else f"pg_path_items({items})"

    def member(self, items: str, name: str, lenient: bool) -> str:
        """Select the member of a key."""
        if self.strict:
            return f"pg_path_strict_member({items}, {pointer(name)}, {self._lenient(lenient)})"
        return f"pg_path_member({items}, {pointer(name)})"

    def members(self, items: str, lenient: bool) -> str:
        """Select the values of all keys."""
        if self.strict:
            return f"pg_path_strict_members({items}, {self._lenient(lenient)})"
        return f"pg_path_members({items})"

    def elements(self, items: str, lenient: bool) -> str:
        """Select the elements of arrays."""
        if self.strict:
            return f"pg_path_strict_elements({items}, {self._lenient(lenient)})"
        return f"pg_path_items({items})"

    def sliced(self, items: str, places: list[str], lenient: bool) -> str:
        """Select elements by positions; each place is `low, high, low from the end, high from the end`."""
        name = "pg_path_slice"
        if self.strict:
            name, places = "pg_path_strict_slice", [f"{place}, {self._lenient(lenient)}" for place in places]
        if len(places) == 1:
            return f"{name}({items}, {places[0]})"
        found = ", ".join(f"{name}([each_], {place})" for place in places)
        return f"pg_path_joined(list_transform({items}, lambda each_: pg_path_joined([{found}])))"

    def below(self, items: str, low: int, high: int | None, leaves: bool) -> str:
        """Select the items and everything below them, by level."""
        most = "null::integer" if high is None else str(high)
        return f"pg_path_below({items}, {low}, {most}, {'true' if leaves else 'false'})"

    def sized(self, items: str, lenient: bool) -> str:
        """Return the sizes of arrays; in lax mode anything else has the size 1."""
        return f"pg_path_size({items}, {self._lenient(lenient or not self.strict)})"

    def computed(self, items: str, method: str) -> str:
        """Apply a method of numbers; text is a number for double() only."""
        self.may_fail = True
        source = f"pg_path_numbers({self.unwrapped(items)}, {'true' if method == 'double' else 'false'})"
        return f"list_transform({source}, lambda number_: pg_path_number({NUMBERS[method]}(number_)))"

    def negated(self, items: str, sign: str) -> str:
        """Apply a sign to each number."""
        self.may_fail = True
        source = f"pg_path_numbers({self.unwrapped(items)}, false)"
        return f"list_transform({source}, lambda number_: pg_path_number({sign}number_))"

    def arithmetic(self, left: str, right: str, sign: str) -> str:
        """Compute with two numbers; each side must be a single one."""
        self.may_fail = True
        return f"pg_path_computed({self.unwrapped(left)}, {self.unwrapped(right)}, '{sign}')"

    def pairs(self, items: str, part: str) -> str:
        """Return the keys or the values of objects (`keyvalue().key`, `keyvalue().value`)."""
        self.may_fail = True
        return f"pg_path_{part}s({self.unwrapped(items)})"

    def compared(self, lefts: str, right: str, sign: str) -> str:
        """Test each item against each item of the other side; a literal needs no unwrapping."""
        if found := SCALAR.fullmatch(right):
            return f"list_transform({lefts}, lambda left_: {TESTS[sign].format(right=found[1])})"
        tests = f"list_transform({self.unwrapped(right)}, lambda right_: {TESTS[sign].format(right='right_')})"
        return f"flatten(list_transform({lefts}, lambda left_: {tests}))"

    def truth(self, tests: str) -> str:
        """Combine the tests of pairs of items: one that holds is enough, in strict mode only if none is unknown."""
        return f"{'pg_path_sure' if self.strict else 'pg_any'}({tests})"
