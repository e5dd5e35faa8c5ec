"""A JSON path as an expression over lists of items: each step takes the items found so far, a filter is a lambda over them."""

from __future__ import annotations

import json

from iamsql.dialect.library._pathtokens import Token, tokens, wrong
from iamsql.dialect.library._patterns import search
from iamsql.sqltext import literal

SIGNS = {"==": "==", "!=": "!=", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
METHODS = {"type": "pg_path_type({x})", "size": "pg_path_size({x})"}
NUMBERS = {"double": "", "ceiling": "ceil", "floor": "floor", "abs": "abs"}
REGEX_FLAGS = {"i": "i", "s": "s", "m": "n", "x": "x", "q": "q"}


class Path:
    """Reads one path; `sql` is a list of JSON items, or, if `predicate`, a truth value."""

    def __init__(self, path: str, root: str, variables: str) -> None:
        self.path, self.root, self.variables = path, root, variables
        self.tokens, self.at, self.depth = tokens(path), 0, 0
        if self._name("strict"):
            raise wrong(path, "strict mode is not supported; leave the word strict out")
        self._name("lax")
        self.sql, self.predicate = self._either("")
        if self.at < len(self.tokens):
            raise wrong(path, f"'{self.tokens[self.at].text}' is not expected there")

    def _peek(self, ahead: int = 0) -> Token:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end", "")

    def _mark(self, *marks: str) -> str:
        token = self._peek()
        if token.kind == "mark" and token.text in marks:
            self.at += 1
            return token.text
        return ""

    def _name(self, *names: str) -> str:
        token = self._peek()
        if token.kind == "name" and token.text in names:
            self.at += 1
            return token.text
        return ""

    def _need(self, mark: str) -> None:
        if not self._mark(mark):
            raise wrong(self.path, f"'{mark}' is missing")

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
        if self._peek().text == "(" and self._peek().kind == "mark":
            self.at += 1
            inner, predicate = self._either(current)
            self._need(")")
            if predicate:
                return self._unknown(inner), True
            return self._tested(self._steps(inner, current), current)
        return self._tested(self._operand(current), current)

    def _unknown(self, inner: str) -> str:
        if self._peek().text == "is" and self._peek(1).text == "unknown":
            self.at += 2
            return f"({inner} is null)"
        return inner

    def _tested(self, left: str, current: str) -> tuple[str, bool]:
        if sign := self._mark(*SIGNS):
            return f"pg_path_pairs({left}, {self._operand(current)}, '{SIGNS[sign]}')", True
        if self._name("starts"):
            self._name("with")
            return f"pg_path_starts({left}, json_extract_string({self._operand(current)}[1], '$'))", True
        if self._name("like_regex"):
            return self._regex(left), True
        return left, False

    def _regex(self, left: str) -> str:
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
        return f"pg_path_like({left}, {literal(found.text)})"

    def _string(self) -> str:
        token = self._peek()
        if token.kind != "string":
            raise wrong(self.path, "a text in double quotes is missing")
        self.at += 1
        return str(json.loads(token.text, strict=False))

    def _operand(self, current: str) -> str:
        start = self._start(current)
        found = self._steps(start, current)
        if self._peek().kind == "mark" and self._peek().text in "+-*/%":
            raise wrong(self.path, "arithmetic is not supported")
        return found

    def _start(self, current: str) -> str:
        token = self._peek()
        if token.kind == "string":
            return f"[{literal(json.dumps(self._string(), ensure_ascii=False))}::json]"
        minus = bool(self._mark("-"))
        token = self._peek()
        self.at += 1
        if token.kind == "number":
            return f"['{'-' if minus else ''}{token.text}'::json]"
        if minus:
            raise wrong(self.path, "a number is missing after -")
        if token.kind == "name" and token.text in ("true", "false", "null"):
            return f"['{token.text}'::json]"
        if token.kind == "name" and token.text.startswith("$"):
            return self._variable(token.text[1:].strip('"'))
        if token.text == "$":
            return f"[{self.root}]"
        if token.text == "@" and current:
            return f"[{current}]"
        if token.text == "(":
            inner, predicate = self._either(current)
            self._need(")")
            if not predicate:
                return inner
        raise wrong(self.path, f"'{token.text}' is not expected there")

    def _variable(self, name: str) -> str:
        if not self.variables:
            raise wrong(self.path, f"there is no value for ${name}")
        return f"[json_extract({self.variables}, {literal('/' + name)})]"

    def _steps(self, items: str, current: str) -> str:
        while True:
            if self._mark("."):
                items = self._member(items)
            elif self._mark("["):
                items = self._subscript(items)
            elif self._mark("?"):
                items = self._filtered(items)
            else:
                return items

    def _member(self, items: str) -> str:
        token = self._peek()
        self.at += 1
        if token.text == "*":
            return f"pg_path_members({items})"
        if token.kind == "name" and self._peek().text == "(":
            return self._method(items, token.text)
        if token.kind == "string":
            self.at -= 1
            name = self._string()
        elif token.kind == "name" and not token.text.startswith("$"):
            name = token.text
        else:
            raise wrong(self.path, f"'.{token.text}' is not supported")
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        return f"pg_path_member({items}, {literal(pointer)})"

    def _method(self, items: str, name: str) -> str:
        self._need("(")
        self._need(")")
        if name in METHODS:
            return METHODS[name].format(x=items)
        if name not in NUMBERS:
            raise wrong(self.path, f"the method {name}() is not supported")
        return (
            f"list_transform(pg_path_number({items}), lambda number_: cast(pg_text({NUMBERS[name]}(number_)) as json))"
        )

    def _subscript(self, items: str) -> str:
        if self._mark("*"):
            self._need("]")
            return f"pg_path_items({items})"
        found = []
        while True:
            low, from_end = self._place()
            high, high_from_end = self._place() if self._name("to") else (low, from_end)
            found.append(f"pg_path_slice([each_], {low}, {high}, {from_end}, {high_from_end})")
            if not self._mark(","):
                break
        self._need("]")
        if len(found) == 1:
            return found[0].replace("[each_]", items)
        return f"flatten(list_transform({items}, lambda each_: flatten([{', '.join(found)}])))"

    def _place(self) -> tuple[int, str]:
        last, sign, value = bool(self._name("last")), 1, 0
        if last and not (mark := self._mark("-", "+")):
            return 0, "true"
        if last:
            sign = -1 if mark == "-" else 1
        token = self._peek()
        if token.kind != "number" or not token.text.isdigit():
            raise wrong(self.path, "a position is a whole number, or last")
        self.at += 1
        value = int(token.text)
        return sign * value, "true" if last else "false"

    def _filtered(self, items: str) -> str:
        self._need("(")
        self.depth += 1
        name = f"at{self.depth}_"
        inner, predicate = self._either(name)
        self._need(")")
        return f"list_filter(pg_path_items({items}), lambda {name}: {self._truth((inner, predicate))})"
