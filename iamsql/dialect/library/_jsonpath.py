"""Compile a JSON path to SQL over lists of items: a step maps the items selected so far, a filter is a lambda over them.

Lax mode unwraps arrays and skips what is missing. In strict mode a step returns NULL for both, which a filter treats as unknown.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from iamsql.dialect.build import quote
from iamsql.dialect.library._jsonpath_tokens import Cursor, json_number, json_pointer, path_error
from iamsql.dialect.library._regex_translation import match_pattern

# The test of a pair of items for each comparison.
_COMPARISONS = {
    "==": "pg_path_equal(left_, {right})",
    **dict.fromkeys(("!=", "<>"), "not pg_path_equal(left_, {right})"),
    "<": "pg_path_less(left_, {right})",
    ">": "pg_path_less({right}, left_)",
    "<=": "pg_path_less(left_, {right}) or pg_path_equal(left_, {right})",
    ">=": "pg_path_less({right}, left_) or pg_path_equal(left_, {right})",
}
# Most comparisons have a literal on the right, which needs no second loop.
_LITERAL = re.compile(r"\[('(?:[^']|'')*'::json)\]")
_PRECEDENCE = {"||": 1, "&&": 2, "starts": 3, "like_regex": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_PRECEDENCE |= dict.fromkeys(_COMPARISONS, 3)
_NUMBER_METHODS = {"double": "", "ceiling": "ceil", "floor": "floor", "abs": "abs"}
_LINE_FLAGS = {"": "p", "s": "s", "m": "n", "ms": "w"}  # the flags of like_regex as those of regexp_match


class Fragment(NamedTuple):
    """The SQL of a part of a path: a truth value of a predicate, or else a list of items."""

    sql: str
    is_predicate: bool = False


def _flatten(lists: str, mode: str) -> str:
    # pg_path_flatten returns NULL, which represents an error, if one of the lists is NULL.
    return f"{'pg_path_flatten' if mode == 'strict' else 'flatten'}({lists})"


class Path(Cursor):
    """Compiles a path. `sql` is a list of JSON items, or a truth value if `is_predicate`.

    `root` is the SQL of the document, `variables` that of an object with the variables, '' if there are none.
    """

    def __init__(self, path: str, root: str, variables: str) -> None:
        super().__init__(path)
        self.root, self.variables = root, variables
        self.is_strict = self._accept("strict", "lax") == "strict"
        self.may_fail = self.is_strict  # whether the path can raise an error
        self.items: list[str] = []  # the items (@) of the filters around the current position, as lambda parameters
        self.sql, self.is_predicate = self._expression()
        if self.position < len(self.tokens):
            raise path_error(path, f"'{self._peek().text}' is not expected there")

    def _expression(self, above: int = 0) -> Fragment:
        """Compile the operators with a precedence above a number."""
        left = self._operand()
        while _PRECEDENCE.get(operator := self._peek().text, 0) > above:
            self.position += 1
            left = self._operation(left, operator)
        return left

    def _sql(self, fragment: Fragment, is_predicate: bool = False) -> str:
        if fragment.is_predicate != is_predicate:
            raise path_error(self.path, f"a {'comparison' if is_predicate else 'value'} is missing")
        return fragment.sql

    def _operation(self, left: Fragment, operator: str) -> Fragment:
        precedence = _PRECEDENCE[operator]
        if operator in ("||", "&&"):
            right = self._sql(self._expression(precedence), True)
            return Fragment(f"({self._sql(left, True)} {'or' if operator == '||' else 'and'} {right})", True)
        items = self._unwrapped(self._sql(left))
        if operator in ("+", "-", "*", "/", "%"):
            self.may_fail = True
            right = self._unwrapped(self._sql(self._expression(precedence)))
            return Fragment(f"pg_path_arithmetic({items}, {right}, '{operator}')")
        if operator == "starts":
            self._accept("with")
            tests = f"pg_path_starts({items}, {self._prefix()})"
        elif operator == "like_regex":
            tests = f"pg_path_like({items}, {self._regex()})"
        else:
            tests = self._compared(items, self._sql(self._expression(precedence)), _COMPARISONS[operator])
        return Fragment(f"{'pg_path_any_strict' if self.is_strict else 'pg_any'}({tests})", True)

    def _compared(self, items: str, right: str, test: str) -> str:
        if literal := _LITERAL.fullmatch(right):
            return f"list_transform({items}, lambda left_: {test.format(right=literal[1])})"
        tests = f"list_transform({self._unwrapped(right)}, lambda right_: {test.format(right='right_')})"
        return f"flatten(list_transform({items}, lambda left_: {tests}))"

    def _unwrapped(self, items: str) -> str:
        return items if self.is_strict else f"pg_path_items({items})"

    def _prefix(self) -> str:
        if self._peek().text.startswith("$") and self._peek().kind == "name":
            return f"json_extract_string({self._variable(self._next().text)}[1], '$')"
        return quote(self._string())

    def _regex(self) -> str:
        regex = self._string()
        flags = self._string() if self._accept("flag") else ""
        if unknown := set(flags) - set("ismxq"):
            raise path_error(self.path, f"like_regex has no flag {min(unknown)}")
        mode = "q" if "q" in flags else _LINE_FLAGS["".join(sorted(set(flags) & {"s", "m"}))]
        pattern = match_pattern(regex, mode + "".join(flag for flag in flags if flag in "ix"))
        if pattern.lookaheads or pattern.ascii_only:
            raise path_error(self.path, "like_regex with look-ahead or word boundaries is not supported")
        return quote(pattern.regex)

    def _operand(self) -> Fragment:
        """Compile an operand with its unary operators and its accessors."""
        if self._accept("!"):
            return Fragment(f"(not {self._sql(self._expression(_PRECEDENCE['&&']), True)})", True)
        if sign := self._accept("+", "-"):
            if self._peek().kind == "number" and self._peek(1).text not in (".", "["):
                return Fragment(f"['{sign.strip('+')}{json_number(self._next().text)}'::json]")
            return Fragment(self._map_numbers(self._sql(self._operand()), sign))
        if self._peek().text == "exists" and self._peek(1).text == "(":
            self.position += 1
            return Fragment(f"(len({self._sql(self._primary())}) > 0)", True)
        primary = self._primary()
        if not primary.is_predicate:
            return Fragment(self._accessors(primary.sql))
        if self._accept("is"):
            self._expect("unknown")
            return Fragment(f"({primary.sql} is null)", True)
        return primary

    def _primary(self) -> Fragment:
        if self._peek().kind == "string":
            return Fragment(f"[{quote(json.dumps(self._string(), ensure_ascii=False))}::json]")
        token = self._next()
        if token.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if token.kind == "number" or token.text in ("true", "false", "null"):
            return Fragment(f"['{json_number(token.text)}'::json]")
        if token.kind == "name" and token.text.startswith("$"):
            return Fragment(self._variable(token.text))
        if token.text == "$":
            return Fragment(f"[{self.root}]")
        if token.text == "@" and self.items:
            return Fragment(f"[{self.items[-1]}]")
        raise path_error(self.path, f"'{token.text}' is not expected there")

    def _variable(self, token: str) -> str:
        name = token[1:].strip('"')
        if not self.variables:
            raise path_error(self.path, f"there is no value for ${name}")
        missing = quote(f"The variables of the JSON path have no value for ${name}.")
        return f"[coalesce(json_extract({self.variables}, {quote(json_pointer(name))}), error({missing}))]"

    def _accessors(self, items: str) -> str:
        mode = "strict" if self.is_strict else "lax"
        while True:
            if self._accept("."):
                if self._accept("**"):
                    items = self._descendants(items)
                    mode = "lenient" if self.is_strict else mode  # PostgreSQL skips what is missing after .**
                else:
                    items = self._member(items, mode)
            elif self._accept("["):
                items = self._subscripts(items, mode)
            elif self._accept("?"):
                items = self._filter(items)
            else:
                return items

    def _member(self, items: str, mode: str) -> str:
        """Compile the accessor after a dot: a key, `*`, or a method."""
        token = self._peek()
        key = self._string() if token.kind == "string" else self._next().text
        if token.text == "*":
            return _flatten(f"pg_path_members({self._unwrapped(items)}, '{mode}')", mode)
        if token.kind == "name" and self._accept("("):
            self._expect(")")
            return self._method(items, key, mode)
        if token.kind == "string" or (token.kind == "name" and not key.startswith("$")):
            return _flatten(f"pg_path_member({self._unwrapped(items)}, {quote(json_pointer(key))}, '{mode}')", mode)
        raise path_error(self.path, f"'.{token.text}' is not supported")

    def _method(self, items: str, name: str, mode: str) -> str:
        if name == "type":
            return f"pg_path_type({items})"
        if name == "size":
            return f"pg_path_size({items}, '{mode}')"
        if name == "keyvalue":
            if not (self._accept(".") and (part := self._accept("key", "value"))):
                raise path_error(self.path, "keyvalue() is supported directly before .key or .value only")
            self.may_fail = True
            return f"pg_path_{part}s({self._unwrapped(items)})"
        if name not in _NUMBER_METHODS:
            raise path_error(self.path, f"the method {name}() is not supported")
        return self._map_numbers(items, _NUMBER_METHODS[name], of_text=name == "double")

    def _map_numbers(self, items: str, function: str, of_text: bool = False) -> str:
        self.may_fail = True
        numbers = f"pg_path_numbers({self._unwrapped(items)}, {of_text})"
        return f"list_transform({numbers}, lambda number_: pg_path_number({function}(number_)))"

    def _descendants(self, items: str) -> str:
        low, high, leaves = 0, "null::integer", False
        if self._accept("{"):
            low, leaves = self._level()
            last, to_leaves = self._level() if self._accept("to") else (low, leaves)
            high, leaves = high if to_leaves else str(last), leaves and to_leaves
            self._expect("}")
        return f"pg_path_descendants({items}, {low}, {high}, {leaves})"

    def _subscripts(self, items: str, mode: str) -> str:
        if self._accept("*"):
            self._expect("]")
            return _flatten(f"pg_path_elements({items}, '{mode}')", mode) if self.is_strict else self._unwrapped(items)
        slices: list[str] = []
        while not slices or self._accept(","):
            low = self._index()
            slices.append(f"pg_path_slice(each_, {low}, {self._index() if self._accept('to') else low}, '{mode}')")
        self._expect("]")
        elements = slices[0] if len(slices) == 1 else _flatten(f"[{', '.join(slices)}]", mode)
        return _flatten(f"list_transform({items}, lambda each_: {elements})", mode)

    def _index(self) -> str:
        last, sign = self._accept("last"), self._accept("-", "+")
        if last and not sign:
            return "pg_path_last(each_)"
        if self._peek().kind != "number":
            raise path_error(self.path, "a position is a number, or last with a number added or subtracted")
        position = (-1 if sign == "-" else 1) * int(float(self._next().text))
        return f"pg_path_last(each_) + ({position})" if last else str(position)

    def _filter(self, items: str) -> str:
        self._expect("(")
        item = f"at{len(self.items) + 1}_"  # filters are nested
        self.items.append(item)
        # An error inside of a filter makes its predicate unknown, and does not fail the path.
        may_fail = self.may_fail
        test = self._sql(self._expression(), True)
        self.may_fail = may_fail
        self.items.pop()
        self._expect(")")
        return f"list_filter({self._unwrapped(items)}, lambda {item}: {test})"
