"""Escape untrusted text for each output: a terminal, the log of a CI system, GitHub Markdown, spreadsheets, JSON, Slack.

Names in AWS and in files may contain any character. Each output has one function here, and each function returns visible
text unchanged.
"""

from __future__ import annotations

import re

# Characters that `str.isprintable` accepts and that no font draws: Default_Ignorable_Code_Point of the Unicode Character
# Database (DerivedCoreProperties.txt), and the empty Braille pattern.
_BLANK_CHARACTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_BLANK_PATTERN = re.compile(f"[{_BLANK_CHARACTERS}]")
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def is_visible(text: str) -> bool:
    """Return whether every character is visible: no control, format, private or unassigned character, no space except U+0020."""
    return text.isprintable() and (text.isascii() or _BLANK_PATTERN.search(text) is None)


def printable(text: str) -> str:
    r"""Return the text with Python escapes for invisible characters: \x1b, \n, \u202e, \U000e0041."""
    return text if is_visible(text) else "".join(char if is_visible(char) else _escape(char) for char in text)


def printable_lines(text: str) -> str:
    """Return the text with escapes for invisible characters in each line; line breaks stay."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return _SHORT_ESCAPES.get(char) or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def escape_json(text: str) -> str:
    r"""Return one line of JSON with \uXXXX for invisible characters; parsers read the same values."""
    return text if is_visible(text) else "".join(char if is_visible(char) else _escape_json(char) for char in text)


def _escape_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


# GitHub's runner executes `::command::` at the start of a line, after white space, and `##[command]` anywhere in a line
# (src/Runner.Common/ActionCommand.cs of actions/runner); the agent of Azure Pipelines executes `##vso[area.event]` anywhere in a
# line (src/Microsoft.VisualStudio.Services.Agent/Command.cs of microsoft/azure-pipelines-agent) and its pages format `##[group]`.
# Both read standard output and standard error. Read on 2026-12-01.
_CI_BRACKET_PATTERN = re.compile(r"(?<=##)\[|(?<=##vso)\[", re.IGNORECASE)
_CI_COLON_PATTERN = re.compile(r"((?:^|(?<=\r))(?:\s|\x1b\[[0-9;]*m)*:):", re.MULTILINE)


def break_ci_commands(text: str, bracket: str = r"\x5b", colon: str = r"\x3a") -> str:
    """Return text whose lines a CI system prints and does not execute; `bracket` and `colon` replace [ and : of a command."""
    if "##" in text:
        text = _CI_BRACKET_PATTERN.sub(bracket.replace("\\", r"\\"), text)
    return _CI_COLON_PATTERN.sub(r"\1" + colon.replace("\\", r"\\"), text) if "::" in text else text


_MARKUP_PATTERN = re.compile(r"[\\`*\[|~]|(?<![^\W_])_|_(?![^\W_])")
# What GitHub makes live in the HTML of rendered Markdown, where no backslash and no entity prevents it: URLs and e-mail
# addresses (GitHub Flavored Markdown, "Autolinks"), mentions, references to issues, advisories and commits ("Autolinked
# references and URLs"), mathematics and emoji. None of it happens in a code span.
_LIVE_MARKUP_PATTERN = re.compile(  # in lower case
    r"""[@\#$] | :// | www\.                                              # mentions, issues, mathematics, URLs
    | \b(?: gh-[0-9] | ghsa- | cve-[0-9] )                              # issues, advisories
    | \b(?: (?=[0-9]*[a-f])[0-9a-f]{7,40} | [0-9]{40} )\b               # commits
    | :(?: [+-]1 | 100 | 1234 | (?! (?:aws(?:-cn|-us-gov)? | iam | kms | s3 | sts | organizations
        | [a-z]{2}(?:-[a-z]+)+-[0-9]):) [0-9_+-]*[a-z][a-z0-9_+-]*):     # emoji, but for the parts of an ARN
    | ^\x20 | \x20$ | \x20\x20                                          # spaces that HTML leaves out""",
    re.ASCII | re.VERBOSE,
)


def escape_markdown(text: str) -> str:
    """Return the text as a cell of a GitHub table: escaped, or as a code span if GitHub would interpret it."""
    visible = printable(text)
    if _LIVE_MARKUP_PATTERN.search(visible.lower()):
        return _code_span(visible)
    return printable(_MARKUP_PATTERN.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;")))


def _code_span(text: str) -> str:
    """Return a code span for a table cell, fenced with more backticks than the text has in a row."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    padding = " " if text[0] in "` " or text[-1] in "` " else ""  # CommonMark strips a space from both ends
    return fence + padding + text.replace("|", r"\|") + padding + fence


# A part of a cell is what follows its beginning, a comma, a semicolon, a tab or a line break: in some countries a
# spreadsheet separates the cells of a CSV file at semicolons, and quotes do not prevent that. The signs are from OWASP's
# page "CSV Injection"; spaces, quotes and invisible characters may precede a sign. Both patterns are valid for Python's re and
# for RE2, which DuckDB uses.
_CHARACTERS_BEFORE_SIGN = (
    r"""\x00-\x08\x0b\x0c\x0e-\x20"'\x7f-\xa0\xad"""
    "\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff0-\ufffb\U000e0000-\U000e00ff"
    + _BLANK_CHARACTERS
)
FORMULA_PATTERN = rf"(^|[,;\t\r\n])([{_CHARACTERS_BEFORE_SIGN}]*[=+\-@＝＋－＠])|(^)([\t\r\n\x00])"
FORMULA_REPLACEMENT = r"\1\3'\2\4"
NUMBER_PATTERN = r"[+\-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+\-]?[0-9]+)?"
_FORMULA_REGEX = re.compile(FORMULA_PATTERN)
_NUMBER_REGEX = re.compile(NUMBER_PATTERN)
_SIGN_REGEX = re.compile(r"[=+\-@＝＋－＠\t\r\n\x00]")


def escape_formulas(text: str) -> str:
    """Return the text with an apostrophe before each part that a spreadsheet would evaluate as a formula; numbers stay."""
    if not _SIGN_REGEX.search(text) or _NUMBER_REGEX.fullmatch(text):
        return text
    return _FORMULA_REGEX.sub(FORMULA_REPLACEMENT, text)


def escape_slack(text: str) -> str:
    """Return the text for a field that Slack reads as mrkdwn, without links, mentions and commands such as <!channel>."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
