"""Parse .sql files. Keys in the leading comment block, the front matter, are a closed set; errors have path:line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from iamsql.catalog import remediation
from iamsql.catalog.keys import CHOICES_BY_KEY, FILE_STEM_PATTERN, KEY_VALUE_PATTERN, KEYS, KEYS_BY_NAME, PARAM_PATTERN
from iamsql.catalog.lexer import Token, code_end, has_no_code, tokens
from iamsql.catalog.params import TYPES, did_you_mean
from iamsql.catalog.resource_types import different_types_problem, unknown_type_problem
from iamsql.catalog.settings.untrusted_files import read_text
from iamsql.catalog.usage import positional_problem
from iamsql.model import IamsqlError, Param, Query
from iamsql.model.layout import TABLE_LAYOUT, layout_problem, read_layout

__all__ = ["CHOICES_BY_KEY", "KEYS", "QueryFileError", "front_matter_mapping", "parse", "read_query", "split_file_name"]


class QueryFileError(IamsqlError):
    """An error in a query file: the line and the column from 1, the message without the position, and the lint rule."""

    def __init__(self, path: Path, message: str, *, line: int, column: int = 1, rule: str = "front-matter") -> None:
        """Store the position; the text of the error is `path:line: message`."""
        super().__init__(f"{path}:{line}: {message}")
        self.message, self.line, self.column, self.rule = message, line, column, rule


@dataclass
class _FrontMatter:
    """The front matter of a file, and the line of each key and parameter."""

    path: Path
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    fixes: list[str] = field(default_factory=list)
    about: str = ""
    is_checked: bool = False  # the tests check each file that iamsql ships

    def fail(self, line: int, message: str, *, column: int = 1, rule: str = "front-matter") -> NoReturn:
        raise QueryFileError(self.path, message, line=line, column=column, rule=rule)


def split_file_name(path: Path) -> tuple[str, int | None]:
    """Return the query name in a file name and, from a suffix .vN, the version.

    Raise IamsqlError for a file name of another form.
    """
    match = FILE_STEM_PATTERN.fullmatch(path.stem)
    if not match:
        form = "lower-case letters, digits and _, such as stale_keys.sql or stale_keys.v1.sql"
        raise QueryFileError(path, f"the file name of a query has {form}", line=1, rule="file-name")
    return match["name"], int(match["version"]) if match["version"] else None


def read_query(path: Path, shipped: bool = False, *, is_checked: bool = False) -> Query:
    """Read a .sql file of a query folder; raise IamsqlError for an invalid file. With `is_checked`, its SQL is not checked."""
    return parse(read_text(path), path, shipped, is_checked=is_checked)


def parse(text: str, path: Path, shipped: bool = False, *, is_checked: bool = False) -> Query:
    """Return the Query of a .sql file's text; raise IamsqlError for invalid front matter. `is_checked` is as in `read_query`."""
    (name, file_version), lines = split_file_name(path), text.split("\n")
    start, stop = _comment_block_range(lines)
    matter = _read_block(_FrontMatter(path, is_checked=is_checked), lines[start:stop], start + 1)
    # The empty lines keep the line numbers of the file in errors.
    sql = "\n" * stop + "\n".join(lines[stop:])
    names, values = _split_list(matter.values.get("positional", "")), matter.values
    version = int(values.get("version", file_version or 1))
    if file_version and version != file_version:
        matter.fail(matter.lines["version"], f"version is {version}, but the file name has {file_version}")
    if not is_checked:
        _check_sql(matter, sql, stop + 1)
    if not is_checked and (problem := positional_problem(names, matter.params)):
        matter.fail(matter.lines["positional"], problem, rule="parameter")
    return Query(
        name=name,
        title=values["title"],
        sql=sql,
        path=str(path),
        kind=values.get("kind", "report"),
        severity=values.get("severity", ""),
        version=version,
        tags=_split_list(values.get("tags", "")),
        columns=_split_list(values.get("columns", "")),
        layout=read_layout(values["layout"]) if "layout" in values else TABLE_LAYOUT,
        resource_types=_split_list(values.get("resource_types", "")),
        positional=names,
        fixes=tuple(matter.fixes),
        params=tuple(matter.params.values()),
        about=matter.about,
        dialect=values.get("dialect", "duckdb"),
        shipped=shipped,
    )


def front_matter_mapping(text: str, path: Path) -> dict[str, str | list[str]]:
    """Return the keys of the front matter with their texts; a key that may be repeated has a list.

    Raise IamsqlError as `parse` does for a line that is not a key, and for a key that may not be repeated.
    """
    lines = text.split("\n")
    start, stop = _comment_block_range(lines)
    matter, values = _FrontMatter(path), dict[str, str | list[str]]()
    for line, key, value in _key_value_lines(matter, lines[start:stop], start + 1):
        is_repeatable = key in KEYS_BY_NAME and KEYS_BY_NAME[key].is_repeatable
        if key in values and not is_repeatable:
            matter.fail(line, f"{key} is given twice")
        values[key] = [*values.get(key, ()), value] if is_repeatable else value
    return values


def _comment_block_range(lines: list[str]) -> tuple[int, int]:
    """Return the indexes of the first line of the leading comment block, and of the line after it."""
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    stop = next((index for index in range(start, len(lines)) if not lines[index].startswith("--")), len(lines))
    return start, stop


def _key_value_lines(matter: _FrontMatter, block: list[str], first: int) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the key and the value of each line before the first empty comment line."""
    for line, text in enumerate(block, first):
        if not text[2:].strip():
            return
        match = KEY_VALUE_PATTERN.fullmatch(text.rstrip())
        if not match:
            matter.fail(line, "expected '-- key: value' (free text comes after an empty '--' line)")
        yield line, match["key"], match["value"]


def _read_block(matter: _FrontMatter, block: list[str], first: int) -> _FrontMatter:
    """Parse the comment block: keys, then, after an empty comment line, the description."""
    stop = next((index for index, line in enumerate(block) if not line[2:].strip()), len(block))
    for line, key, value in _key_value_lines(matter, block, first):
        _read_pair(matter, line, key, value)
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
    if key in matter.values:
        matter.fail(line, f"{key} is given twice, first in line {matter.lines[key]}")
    if not value:
        matter.fail(line, f"{key} has no value")
    if key == "remediation":  # a command that resolves a finding, with placeholders such as {user_name}
        if not matter.is_checked and (problem := remediation.command_problem(value)):
            matter.fail(line, problem)
        matter.fixes.append(value)
        return None
    if value not in CHOICES_BY_KEY.get(key, (value,)):
        matter.fail(
            line, f"{key} must be {', '.join(CHOICES_BY_KEY[key][:-1])} or {CHOICES_BY_KEY[key][-1]}, not {value!r}"
        )
    if key == "version" and not re.fullmatch(KEYS_BY_NAME[key].pattern, value):
        matter.fail(line, f"version must be an integer from 1, not {value!r}")
    if key == "resource_types" and (problem := unknown_type_problem([item.strip() for item in value.split(",")])):
        matter.fail(line, problem)
    if key == "layout" and (problem := layout_problem(value)):
        matter.fail(line, problem)
    matter.values[key], matter.lines[key] = value, line
    return None


def _split_list(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _read_param(matter: _FrontMatter, line: int, value: str) -> None:
    """Add one parameter, `name type [= default] [# description]`."""
    if not (match := PARAM_PATTERN.fullmatch(value)):
        matter.fail(line, f"a parameter is 'name type [= default] [# sentence]', not {value!r}")
    name, type_name, text = match["name"], match["type"], match["default"]
    if type_name not in TYPES:
        near = did_you_mean(type_name, TYPES)
        matter.fail(line, f"{name} has unknown type {type_name!r}{near} (types are {', '.join(TYPES)})")
    if name in matter.params:
        matter.fail(line, f"parameter {name} is declared twice, first in line {matter.lines['$' + name]}")
    default = _parse_default(matter, line, name, type_name, text)
    matter.params[name] = Param(name, type_name, default, match["about"] or "", required=text is None)
    matter.lines["$" + name] = line


def _parse_default(matter: _FrontMatter, line: int, name: str, type_name: str, text: str | None) -> Any:
    """Return a default: null, a quoted text, or a value as the type's parser reads it."""
    if text is None or text == "null":
        return None
    if not text:
        matter.fail(line, f"{name} has no default after '=' (an empty text is '')")
    unquoted_text = text[1:-1].replace("''", "'") if re.fullmatch("'.*'", text) else text
    try:
        return TYPES[type_name].read(
            unquoted_text
        )  # the parser of --arg, so a default and an argument have the same forms
    except ValueError:
        matter.fail(line, f"the default of {name} must be {TYPES[type_name].description}, not {text}")


def _check_sql(matter: _FrontMatter, sql: str, first: int) -> None:
    """Raise IamsqlError unless the SQL is one statement that uses exactly the declared parameters."""
    end = code_end(sql)
    if has_no_code(sql[:end]):
        matter.fail(first, "no SQL after the front matter", rule="syntax")
    if not has_no_code(sql[end:]):
        matter.fail(_line_number(sql, end), "more than one statement", column=_column_number(sql, end), rule="syntax")
    parameter_offsets = {}
    for token in tokens(sql):
        if token.type == "param":
            parameter_offsets[token.name] = token.start
            if token.name not in matter.params:
                _fail_undeclared_parameter(matter, sql, token)
    types = _split_list(matter.values.get("resource_types", ""))
    if types and (problem := different_types_problem(types, sql)):
        matter.fail(matter.lines["resource_types"], problem)
    for name in matter.params:
        if name not in parameter_offsets:
            unused_message = f"parameter {name} is declared but ${name} is not used"
            matter.fail(matter.lines["$" + name], unused_message, rule="parameter")


def _fail_undeclared_parameter(matter: _FrontMatter, sql: str, token: Token) -> NoReturn:
    hint = did_you_mean(token.name, matter.params) or f": add '-- param: {token.name} type'"
    line, column = _line_number(sql, token.start), _column_number(sql, token.start)
    matter.fail(line, f"${token.name} is not declared{hint}", column=column, rule="parameter")


def _line_number(sql: str, offset: int) -> int:
    return sql.count("\n", 0, offset) + 1


def _column_number(sql: str, offset: int) -> int:
    return offset - sql.rfind("\n", 0, offset)
