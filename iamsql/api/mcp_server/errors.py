"""Rewrite errors for models: the names of tools and arguments replace commands and options."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

MISSING_PARAMETERS_PATTERN = re.compile(
    r"\b(\w{1,64} needs )[\w ]{1,400}: iamsql query \w+(?P<usage>.*)\nFor example: iamsql query \w+(?P<example>.*)"
)
# The words of an error of the command line, and the words for an assistant instead. The first pattern that matches applies.
REPLACEMENTS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (
        MISSING_PARAMETERS_PATTERN,
        lambda match: f"{match[1]}arguments {_example_arguments(match['usage'], match['example'])}",
    ),
    (re.compile(r"(?:--arg \w+=\S+(?: and | )?)+"), lambda match: _options_as_json(match[0])),
    (
        re.compile(r"iamsql check --list(?:, iamsql queries --kind control, iamsql queries --kind detection)?"),
        "list_queries",
    ),
    (re.compile(r"iamsql queries --kind (\w+)"), r"list_queries with kind \1"),
    (re.compile(r"iamsql queries\b"), "list_queries"),
    (re.compile(r"iamsql tables\b"), "list_tables"),
    (re.compile(r"iamsql query skipped_accounts\b"), "explain_missing"),
    (re.compile(r"iamsql query (?=[\"'])"), "run_sql "),
    (re.compile(r"iamsql query ([a-z]\w*)"), r"run_query with the name \1"),
    (re.compile(r"iamsql check (\w\S*)"), r"check with the name \1"),
    (re.compile(r"--dialect postgres\b"), "the dialect postgres"),
)
ARGUMENT_OPTION_PATTERN = re.compile(r"--arg (\w+)=(\S+)")
COMMAND_PATTERN = re.compile(r"(?<!\w)iamsql [a-z]|--[a-z]")
COMMAND_HINT = "A person runs the commands."


def rewrite_for_assistants(message: str) -> str:
    """Return a message with the names of tools and arguments instead of commands and options."""
    for pattern, replacement in REPLACEMENTS:
        message = pattern.sub(replacement, message)
    has_person = "A person " in message
    return f"{message}\n{COMMAND_HINT}" if COMMAND_PATTERN.search(message) and not has_person else message


def _example_arguments(usage: str, example: str) -> str:
    """Return the arguments of an example as JSON; `usage` has the names of the positional arguments."""
    positional, _, options = example.partition(" --arg ")
    names = [word.strip("[]").lower() for word in usage.split()]
    values = dict(zip(names, shlex.split(positional), strict=False))
    values |= dict(word.split("=", 1) for word in shlex.split(options) if word != "--arg")
    return json.dumps(values, ensure_ascii=False)


def _options_as_json(options: str) -> str:
    values = ", ".join(f'"{name}": {value.rstrip(",;")}' for name, value in ARGUMENT_OPTION_PATTERN.findall(options))
    end = " " if options.endswith(" ") else ""
    return f"arguments {{{values}}}{end}"
