"""Compile a JSON path to SQL over lists of items: a step maps the items selected so far, a filter is a lambda over them."""

from __future__ import annotations

import json
from typing import NamedTuple

from iamsql.dialect.build import quote
from iamsql.dialect.library._jsonpath_steps import NUMBER_METHODS, Steps, json_pointer
from iamsql.dialect.library._jsonpath_tokens import Cursor, json_number, path_error
from iamsql.dialect.library._regex_translation import match_pattern

_COMPARISONS = {"==": "==", "!=": "!=", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_LINE_FLAGS = {"": "p", "s": "s", "m": "n", "ms": "w"}  # the flags of like_regex as those of regexp_match


class Fragment(NamedTuple):
    """The SQL of a part of a path: a truth value of a predicate, or else a list of items."""

    sql: str
    is_predicate: bool


class Path(Cursor):
    """Compiles a path. `sql` is a list of JSON items, or a truth value if `is_predicate`.

    `root` is the SQL of the document, `variables` that of an object with the variables, '' if there are none.
    `current` is the SQL of the item that a filter tests (@ in the path), '' outside of filters.
    """

    def __init__(self, path: str, root: str, variables: str) -> None:
        super().__init__(path)
        self.root, self.variables, self.filter_depth = root, variables, 0
        self.steps = Steps(strict=bool(self._name("strict")))
        self._name("lax")
        self.sql, self.is_predicate = self._or("")
        if self.position < len(self.tokens):
            raise path_error(path, f"'{self._peek().text}' is not expected there")

    # -- predicates, in the order of precedence ----------------------------------------------------------------------------

    def _predicate(self, fragment: Fragment) -> str:
        if not fragment.is_predicate:
            raise path_error(self.path, "a comparison is missing")
        return fragment.sql

    def _or(self, current: str) -> Fragment:
        left = self._and(current)
        while self._symbol("||"):
            left = Fragment(f"({self._predicate(left)} or {self._predicate(self._and(current))})", True)
        return left

    def _and(self, current: str) -> Fragment:
        left = self._not(current)
        while self._symbol("&&"):
            left = Fragment(f"({self._predicate(left)} and {self._predicate(self._not(current))})", True)
        return left

    def _not(self, current: str) -> Fragment:
        if self._symbol("!"):
            return Fragment(f"(not {self._predicate(self._not(current))})", True)
        if self._peek().text == "exists" and self._peek(1).text == "(":
            self.position += 1
            return Fragment(f"(len({self._primary(current)}) > 0)", True)
        start = self.position  # of parentheses: `_comparison` parses them again if they contain a value
        if self._symbol("("):
            inner = self._or(current)
            if inner.is_predicate:
                self._expect(")")
                return self._is_unknown(inner)
            self.position = start
        return self._comparison(self._sum(current), current)

    def _is_unknown(self, predicate: Fragment) -> Fragment:
        if self._peek().text != "is" or self._peek(1).text != "unknown":
            return predicate
        self.position += 2
        return Fragment(f"({predicate.sql} is null)", True)

    def _comparison(self, left: str, current: str) -> Fragment:
        items = self.steps.unwrapped(left)
        if operator := self._symbol(*_COMPARISONS):
            tests = self.steps.compared(items, self._sum(current), _COMPARISONS[operator])
        elif self._name("starts"):
            self._name("with")
            tests = f"pg_path_starts({items}, {self._prefix()})"
        elif self._name("like_regex"):
            tests = f"pg_path_like({items}, {self._regex()})"
        else:
            return Fragment(left, False)
        return Fragment(self.steps.any_true(tests), True)

    def _prefix(self) -> str:
        token = self._peek()
        if token.kind == "name" and token.text.startswith("$"):
            self.position += 1
            return f"json_extract_string({self._variable(token.text)}[1], '$')"
        return quote(self._string())

    def _regex(self) -> str:
        regex = self._string()
        flags = self._string() if self._name("flag") else ""
        if unknown := set(flags) - set("ismxq"):
            raise path_error(self.path, f"like_regex has no flag {min(unknown)}")
        mode = "q" if "q" in flags else _LINE_FLAGS["".join(sorted(set(flags) & {"s", "m"}))]
        pattern = match_pattern(regex, mode + "".join(flag for flag in flags if flag in "ix"))
        if pattern.lookaheads or pattern.ascii_only:
            raise path_error(self.path, "like_regex with look-ahead or word boundaries is not supported")
        return quote(pattern.regex)

    # -- values, in the order of precedence --------------------------------------------------------------------------------

    def _sum(self, current: str) -> str:
        left = self._product(current)
        while operator := self._symbol("+", "-"):
            left = self.steps.arithmetic(left, self._product(current), operator)
        return left

    def _product(self, current: str) -> str:
        left = self._signed(current)
        while operator := self._symbol("*", "/", "%"):
            left = self.steps.arithmetic(left, self._signed(current), operator)
        return left

    def _signed(self, current: str) -> str:
        if sign := self._symbol("+", "-"):
            if self._peek().kind == "number" and self._peek(1).text not in (".", "["):
                return f"['{sign.strip('+')}{json_number(self._next().text)}'::json]"
            return self.steps.signed(self._signed(current), sign)
        return self._accessors(self._primary(current), current)

    def _primary(self, current: str) -> str:
        if self._peek().kind == "string":
            return f"[{quote(json.dumps(self._string(), ensure_ascii=False))}::json]"
        token = self._next()
        if token.kind == "number":
            return f"['{json_number(token.text)}'::json]"
        if token.kind == "name" and token.text in ("true", "false", "null"):
            return f"['{token.text}'::json]"
        if token.kind == "name" and token.text.startswith("$"):
            return self._variable(token.text)
        if token.text == "$":
            return f"[{self.root}]"
        if token.text == "@" and current:
            return f"[{current}]"
        if token.text == "(":
            inner = self._sum(current)
            self._expect(")")
            return inner
        raise path_error(self.path, f"'{token.text}' is not expected there")

    def _variable(self, token: str) -> str:
        name = token[1:].strip('"')
        if not self.variables:
            raise path_error(self.path, f"there is no value for ${name}")
        missing = quote(f"The variables of the JSON path have no value for ${name}.")
        return f"[coalesce(json_extract({self.variables}, {json_pointer(name)}), error({missing}))]"

    # -- accessors ---------------------------------------------------------------------------------------------------------

    def _accessors(self, items: str, current: str) -> str:
        lenient = False
        while True:
            if self._symbol("."):
                items, lenient = self._member(items, lenient)
            elif self._symbol("["):
                items = self._subscript(items, lenient)
            elif self._symbol("?"):
                items = self._filter(items)
            else:
                return items

    def _member(self, items: str, lenient: bool) -> tuple[str, bool]:
        """Compile the accessor after a dot; return the items, and whether the following steps are lenient."""
        if self._symbol("**"):
            return self._descendants(items), True
        if self._peek().kind == "string":
            return self.steps.member(items, self._string(), lenient), lenient
        token = self._next()
        if token.text == "*":
            return self.steps.members(items, lenient), lenient
        if token.kind == "name" and self._peek().text == "(":
            return self._method(items, token.text, lenient), lenient
        if token.kind == "name" and not token.text.startswith("$"):
            return self.steps.member(items, token.text, lenient), lenient
        raise path_error(self.path, f"'.{token.text}' is not supported")

    def _descendants(self, items: str) -> str:
        low, high, leaves = 0, None, False
        if self._symbol("{"):
            low, leaves = self._level()
            high, to_last = (low, leaves) if not self._name("to") else self._level()
            leaves, high = leaves and to_last, None if to_last else high
            self._expect("}")
        return self.steps.descendants(items, low, high, leaves)

    def _level(self) -> tuple[int, bool]:
        """Return a level of `.**{}`, and whether it is the last level."""
        if self._name("last"):
            return 1, True  # a document without children is not selected: PostgreSQL counts leaves from level 1
        if not self._peek().text.isdigit():
            raise path_error(self.path, "a level is an integer, or last")
        return int(self._next().text), False

    def _method(self, items: str, name: str, lenient: bool) -> str:
        self._expect("(")
        self._expect(")")
        if name == "type":
            return f"pg_path_type({items})"
        if name == "size":
            return self.steps.size(items, lenient)
        if name == "keyvalue" and self._symbol(".") and (part := self._name("key", "value")):
            return self.steps.key_values(items, part)
        if name == "keyvalue":
            raise path_error(self.path, "keyvalue() is supported directly before .key or .value only")
        if name not in NUMBER_METHODS:
            raise path_error(self.path, f"the method {name}() is not supported")
        return self.steps.number_method(items, name)

    def _subscript(self, items: str, lenient: bool) -> str:
        if self._symbol("*"):
            self._expect("]")
            return self.steps.elements(items, lenient)
        ranges: list[str] = []
        while not ranges or self._symbol(","):
            low, low_from_end = self._index()
            high, high_from_end = self._index() if self._name("to") else (low, low_from_end)
            ranges.append(f"{low}, {high}, {low_from_end}, {high_from_end}")
        self._expect("]")
        return self.steps.subscripts(items, ranges, lenient)

    def _index(self) -> tuple[int, str]:
        """Return a position, and `true` or `false` for whether it counts from the last element."""
        last, sign = bool(self._name("last")), self._symbol("-", "+")
        if last and not sign:
            return 0, "true"
        if self._peek().kind != "number":
            raise path_error(self.path, "a position is a number, or last with a number added or subtracted")
        return (-1 if sign == "-" else 1) * int(float(self._next().text)), "true" if last else "false"

    def _filter(self, items: str) -> str:
        self._expect("(")
        self.filter_depth += 1
        item = f"at{self.filter_depth}_"  # @ of this filter; filters are nested
        # An error inside of a filter makes its predicate unknown, and does not fail the path.
        may_fail = self.steps.may_fail
        test = self._predicate(self._or(item))
        self.steps.may_fail = may_fail
        self._expect(")")
        return f"list_filter({self.steps.unwrapped(items)}, lambda {item}: {test})"
