"""Parse .sql files. Keys in the leading comment block, the front matter, are a closed set; errors have path:line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from iamsql import remediation
from iamsql.catalog.lexer import code_end, is_bare, tokens
from iamsql.catalog.params import TYPES, did_you_mean
from iamsql.catalog.untrusted_files import read_text
from iamsql.model import SEVERITIES, IamsqlError, Param, Query

# In lower case, because each query is also a macro, and DuckDB ignores the case of the names of macros.
STEM = re.compile(r"(?P<name>[a-z_][a-z0-9_]*?)(?:\.v(?P<version>[1-9][0-9]*))?")
KEYS = ("title", "kind", "severity", "version", "tags", "param", "dialect", "columns", "fix")
WORDS = {
    "kind": ("report", "control", "detection"),
    "severity": SEVERITIES,
    "dialect": ("duckdb", "postgres"),
}
_PAIR = re.compile(r"--\s*(?P<key>[A-Za-z_][\w-]*)\s*:\s*(?P<value>.*)")
# A quoted default comes first in the alternatives, because it may contain # and spaces.
_PARAM = re.compile(
    r"(?P<name>[a-z_][a-z0-9_]*)\s+(?P<type>[^\s=#]+)"
    r"(?:\s*=\s*(?P<default>'(?:[^']|'')*'|(?!\#).*?))?(?:\s+\#\s*(?P<about>.*))?"
)


@dataclass
class _FrontMatter:
    """The front matter of a file, and the line of each key and parameter."""

    path: Path
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    fixes: list[str] = field(default_factory=list)
    about: str = ""

    def fail(self, line: int, message: str) -> NoReturn:
        raise IamsqlError(f"{self.path}:{line}: {message}")


def stem_of(path: Path) -> tuple[str, int | None]:
    """Return the query name in a file name and, from a suffix .vN, the version.

    Raise IamsqlError for a file name of another form.
    """
    found = STEM.fullmatch(path.stem)
    if not found:
        raise IamsqlError(
            f"{path}:1: the file name of a query has lower-case letters, digits and _, such as stale_keys.sql or stale_keys.v1.sql"
        )
    return found["name"], int(found["version"]) if found["version"] else None


def read_query(path: Path, shipped: bool = False) -> Query:
    """Read a .sql file of a query folder; raise IamsqlError for an invalid file."""
    return parse(read_text(path), path, shipped)


def parse(text: str, path: Path, shipped: bool = False) -> Query:
    """Return the Query of a .sql file's text; raise IamsqlError for invalid front matter."""
    name, version = stem_of(path)
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    stop = next((index for index in range(start, len(lines)) if not lines[index].startswith("--")), len(lines))
    matter = _read_block(path, lines[start:stop], start + 1)
    # The empty lines make the line numbers of errors those of the file.
    sql = "\n" * stop + "\n".join(lines[stop:])
    _check_sql(matter, sql, stop + 1)
    values = matter.values
    return Query(
        name=name,
        title=values["title"],
        sql=sql,
        path=str(path),
        kind=values.get("kind", "report"),
        severity=values.get("severity", ""),
        version=_version(matter, version),
        tags=_listed(values.get("tags", "")),
        columns=_listed(values.get("columns", "")),
        fixes=tuple(matter.fixes),
        params=tuple(matter.params.values()),
        about=matter.about,
        dialect=values.get("dialect", "duckdb"),
        shipped=shipped,
    )


def _read_block(path: Path, block: list[str], first: int) -> _FrontMatter:
    """Parse the comment block: keys, then, after an empty comment line, the description."""
    matter = _FrontMatter(path)
    stop = next((index for index, line in enumerate(block) if not line[2:].strip()), len(block))
    for line, text in enumerate(block[:stop], first):
        found = _PAIR.fullmatch(text.rstrip())
        if not found:
            matter.fail(line, "expected '-- key: value' (free text comes after an empty '--' line)")
        _read_pair(matter, line, found["key"], found["value"])
    if not matter.values.get("title"):
        matter.fail(first if block else 1, "no title: a query file must start with '-- title: …'")
    matter.about = "\n".join(text[2:].removeprefix(" ").rstrip() for text in block[stop:]).strip()
    return matter


def _read_pair(matter: _FrontMatter, line: int, key: str, value: str) -> None:
    """Add one key and its value."""
    if key not in KEYS:
        matter.fail(line, f"unknown key {key!r}{did_you_mean(key, KEYS)} (keys are {', '.join(KEYS)})")
    if key == "param":
        return _read_param(matter, line, value)
    if key == "fix":
        return _read_fix(matter, line, value)
    if key in matter.values:
        matter.fail(line, f"{key} is given twice, first in line {matter.lines[key]}")
    if not value:
        matter.fail(line, f"{key} has no value")
    if value not in WORDS.get(key, (value,)):
        matter.fail(line, f"{key} must be {', '.join(WORDS[key][:-1])} or {WORDS[key][-1]}, not {value!r}")
    if key == "version" and not re.fullmatch("[1-9][0-9]{0,8}", value):
        matter.fail(line, f"version must be an integer from 1, not {value!r}")
    matter.values[key], matter.lines[key] = value, line
    return None


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _read_fix(matter: _FrontMatter, line: int, value: str) -> None:
    """Add one command that resolves a finding, with placeholders such as {user_name}."""
    if not value:
        matter.fail(line, "fix has no value")
    if problem := remediation.problem(value):
        matter.fail(line, problem)
    matter.fixes.append(value)


def _read_param(matter: _FrontMatter, line: int, value: str) -> None:
    """Add one parameter, `name type [= default] [# description]`."""
    found = _PARAM.fullmatch(value)
    if not found:
        matter.fail(line, f"a parameter is 'name type [= default] [# sentence]', not {value!r}")
    name, kind, text = found["name"], found["type"], found["default"]
    if kind not in TYPES:
        matter.fail(line, f"{name} has unknown type {kind!r}{did_you_mean(kind, TYPES)} (types are {', '.join(TYPES)})")
    if name in matter.params:
        matter.fail(line, f"parameter {name} is declared twice, first in line {matter.lines['$' + name]}")
    default = _default(matter, line, name, kind, text)
    matter.params[name] = Param(name, kind, default, found["about"] or "", required=text is None)
    matter.lines["$" + name] = line


def _default(matter: _FrontMatter, line: int, name: str, kind: str, text: str | None) -> Any:
    """Return a default: null, a quoted text, or a value as the type's parser reads it."""
    if text is None or text == "null":
        return None
    if not text:
        matter.fail(line, f"{name} has no default after '=' (an empty text is '')")
    bare = text[1:-1].replace("''", "'") if re.fullmatch("'.*'", text) else text
    try:
        return TYPES[kind].read(bare)  # the parser of --arg, so that a default and an argument have the same forms
    except ValueError:
        matter.fail(line, f"the default of {name} must be {TYPES[kind].description}, not {text}")


def _version(matter: _FrontMatter, named: int | None) -> int:
    """Return the version of the front matter, which must agree with the version in the file name."""
    version = int(matter.values.get("version", named or 1))
    if named and version != named:
        matter.fail(matter.lines["version"], f"version is {version}, but the file name has {named}")
    return version


def _check_sql(matter: _FrontMatter, sql: str, first: int) -> None:
    """Raise IamsqlError unless the SQL is one statement that uses exactly the declared parameters."""
    end = code_end(sql)
    if is_bare(sql[:end]):
        matter.fail(first, "no SQL after the front matter")
    if not is_bare(sql[end:]):
        matter.fail(_line(sql, end), "more than one statement")
    used = {}
    for token in tokens(sql):
        if token.kind == "param":
            used[token.name] = token.start
            if token.name not in matter.params:
                hint = did_you_mean(token.name, matter.params) or f": add '-- param: {token.name} type'"
                matter.fail(_line(sql, token.start), f"${token.name} is not declared{hint}")
    for name in matter.params:
        if name not in used:
            matter.fail(matter.lines["$" + name], f"parameter {name} is declared but ${name} is not used")


def _line(sql: str, offset: int) -> int:
    return sql.count("\n", 0, offset) + 1
