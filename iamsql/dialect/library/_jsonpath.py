"""A JSON path as an expression over lists of items: each step takes the items found so far, a filter is a lambda over them."""

from __future__ import annotations

import json

from iamsql.dialect.library._jsonpath_steps import NUMBERS, Steps, pointer
from iamsql.dialect.library._jsonpath_tokens import Cursor, numeral, wrong
from iamsql.dialect.library._regex_translation import search
from iamsql.sqltext import literal

SIGNS = {"==": "==", "!=": "!=", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
REGEX_FLAGS = {"i": "i", "s": "s", "m": "n", "x": "x", "q": "q"}


class Path(Cursor):
    """Reads one path; `sql` is a list of JSON items, or, if `predicate`, a truth value."""

    def __init__(self, path: str, root: str, variables: str) -> None:
        super().__init__(path)
        self.root, self.variables, self.depth = root, variables, 0
        self.steps = Steps(strict=bool(self._name("strict")))
        self._name("lax")
        self.sql, self.predicate = self._either("")
        if self.at < len(self.tokens):
            raise wrong(path, f"'{self.tokens[self.at].text}' is not expected there")

    # -- predicates --------------------------------------------------------------------------------------------------------

    def _truth(self, part: tuple[str, bool]) -> str:
        if not part[1]:
            raise wrong(self.path, "a comparison is missing")
        return part[0]

    def _either(self, current: str) -> tuple[str, bool]:
        left = self._both(current)
        while self._mark("||"):
            left = f"({self._truth(left)} or {self._truth(self._both(current))})", True
        return left

    def _both(self, current: str) -> tuple[str, bool]:
        left = self._compared(current)
        while self._mark("&&"):
            left = f"({self._truth(left)} and {self._truth(self._compared(current))})", True
        return left

    def _compared(self, current: str) -> tuple[str, bool]:
        if self._mark("!"):
            return f"(not {self._truth(self._compared(current))})", True
        if self._peek().text == "exists" and self._peek(1).text == "(":
            self.at += 2
            inner = self._operand(current)
            self._need(")")
            return f"(len({inner}) > 0)", True
        start = self.at
        if self._mark("("):
            inner, predicate = self._either(current)
            if predicate:
                self._need(")")
                return self._unknown(inner), True
            self.at = start
        return self._tested(self._operand(current), current)

    def _unknown(self, inner: str) -> str:
        if self._peek().text == "is" and self._peek(1).text == "unknown":
            self.at += 2
            return f"({inner} is null)"
        return inner

    def _tested(self, left: str, current: str) -> tuple[str, bool]:
        lefts = self.steps.unwrapped(left)
        if sign := self._mark(*SIGNS):
            return self.steps.truth(self.steps.compared(lefts, self._operand(current), SIGNS[sign])), True
        if self._name("starts"):
            self._name("with")
            return self.steps.truth(f"pg_path_starts({lefts}, {self._prefix()})"), True
        if self._name("like_regex"):
            return self.steps.truth(f"pg_path_like({lefts}, {self._regex()})"), True
        return left, False

    def _prefix(self) -> str:
        token = self._peek()
        if token.kind == "name" and token.text.startswith("$"):
            self.at += 1
            return f"json_extract_string({self._variable(token.text[1:].strip(chr(34)))}[1], '$')"
        return literal(self._string())

    def _regex(self) -> str:
        pattern, flags = self._string(), ""
        if self._name("flag"):
            flags = self._string()
        if unknown := set(flags) - set(REGEX_FLAGS):
            raise wrong(self.path, f"like_regex has no flag {min(unknown)}")
        mode = (
            "q" if "q" in flags else {"": "p", "s": "s", "m": "n", "ms": "w"}["".join(sorted(set(flags) & {"s", "m"}))]
        )
        found = search(pattern, mode + "".join(flag for flag in flags if flag in "ix"))
        if found.also or found.ascii_only:
            raise wrong(self.path, "like_regex with looks ahead or ends of words is not supported")
        return literal(found.text)

    # -- values ------------------------------------------------------------------------------------------------------------

    def _operand(self, current: str) -> str:
        left = self._product(current)
        while sign := self._mark("+", "-"):
            left = self.steps.arithmetic(left, self._product(current), sign)
        return left

    def _product(self, current: str) -> str:
        left = self._signed(current)
        while sign := self._mark("*", "/", "%"):
            left = self.steps.arithmetic(left, self._signed(current), sign)
        return left

    def _signed(self, current: str) -> str:
        if sign := self._mark("+", "-"):
            if self._peek().kind == "number" and self._peek(1).text not in (".", "["):
                self.at += 1
                return f"['{sign.strip('+')}{numeral(self.tokens[self.at - 1].text)}'::json]"
            return self.steps.negated(self._signed(current), sign)
        return self._accessed(self._start(current), current)

    def _start(self, current: str) -> str:
        token = self._peek()
        if token.kind == "string":
            return f"[{literal(json.dumps(self._string(), ensure_ascii=False))}::json]"
        self.at += 1
        if token.kind == "number":
            return f"['{numeral(token.text)}'::json]"
        if token.kind == "name" and token.text in ("true", "false", "null"):
            return f"['{token.text}'::json]"
        if token.kind == "name" and token.text.startswith("$"):
            return self._variable(token.text[1:].strip('"'))
        if token.text == "$":
            return f"[{self.root}]"
        if token.text == "@" and current:
            return f"[{current}]"
        if token.text == "(":
            inner = self._operand(current)
            self._need(")")
            return inner
        raise wrong(self.path, f"'{token.text}' is not expected there")

    def _variable(self, name: str) -> str:
        if not self.variables:
            raise wrong(self.path, f"there is no value for ${name}")
        missing = literal(f"The variables of the JSON path have no value for ${name}.")
        return f"[coalesce(json_extract({self.variables}, {pointer(name)}), error({missing}))]"

    def _accessed(self, items: str, current: str) -> str:
        lenient = False
        while True:
            if self._mark("."):
                items, lenient = self._dotted(items, lenient)
            elif self._mark("["):
                items = self._subscript(items, lenient)
            elif self._mark("?"):
                items = self._filtered(items)
            else:
                return items

    def _dotted(self, items: str, lenient: bool) -> tuple[str, bool]:
        if self._mark("**"):
            return self._below(items), True
        token = self._peek()
        self.at += 1
        if token.text == "*":
            return self.steps.members(items, lenient), lenient
        if token.kind == "name" and self._peek().text == "(":
            return self._method(items, token.text, lenient), lenient
        if token.kind == "string":
            self.at -= 1
            name = self._string()
        elif token.kind == "name" and not token.text.startswith("$"):
            name = token.text
        else:
            raise wrong(self.path, f"'.{token.text}' is not supported")
        return self.steps.member(items, name, lenient), lenient

    def _below(self, items: str) -> str:
        low, high, leaves = 0, None, False
        if self._mark("{"):
            low, leaves = self._level()
            high, to_last = (low, leaves) if not self._name("to") else self._level()
            leaves, high = leaves and to_last, None if to_last else high
            self._need("}")
        return self.steps.below(items, low, high, leaves)

    def _level(self) -> tuple[int, bool]:
        if self._name("last"):
            return 1, True
        token = self._peek()
        if not token.text.isdigit():
            raise wrong(self.path, "a level is a whole number, or last")
        self.at += 1
        return int(token.text), False

    def _method(self, items: str, name: str, lenient: bool) -> str:
        self._need("(")
        self._need(")")
        if name == "type":
            return f"pg_path_type({items})"
        if name == "size":
            return self.steps.sized(items, lenient)
        if name == "keyvalue" and self._mark(".") and (part := self._name("key", "value")):
            return self.steps.pairs(items, part)
        if name == "keyvalue":
            raise wrong(self.path, "keyvalue() is supported directly before .key or .value only")
        if name not in NUMBERS:
            raise wrong(self.path, f"the method {name}() is not supported")
        return self.steps.computed(items, name)

    def _subscript(self, items: str, lenient: bool) -> str:
        if self._mark("*"):
            self._need("]")
            return self.steps.elements(items, lenient)
        places: list[str] = []
        while not places or self._mark(","):
            low, from_end = self._place()
            high, high_from_end = self._place() if self._name("to") else (low, from_end)
            places.append(f"{low}, {high}, {from_end}, {high_from_end}")
        self._need("]")
        return self.steps.sliced(items, places, lenient)

    def _place(self) -> tuple[int, str]:
        last, mark = bool(self._name("last")), self._mark("-", "+")
        if last and not mark:
            return 0, "true"
        token = self._peek()
        if token.kind != "number":
            raise wrong(self.path, "a position is a number, or last with a number added or subtracted")
        self.at += 1
        return (-1 if mark == "-" else 1) * int(float(token.text)), "true" if last else "false"

    def _filtered(self, items: str) -> str:
        self._need("(")
        self.depth += 1
        name = f"at{self.depth}_"
        failing = self.steps.may_fail
        test = self._truth(self._either(name))
        self.steps.may_fail = failing
        self._need(")")
        return f"list_filter({self.steps.unwrapped(items)}, lambda {name}: {test})"
