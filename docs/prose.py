"""Report phrases that read like a translation, with what to write instead; `make check-static` runs it.

A rule matches a phrase only where English has a shorter or more common form in every case. The texts are README and the other
Markdown written by hand, the help of commands, the front matter of queries, and descriptions in TOML files. Most rules also apply
to docstrings and messages of the package.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
GENERATED = (
    "docs/queries/",
    "docs/tables/",
    "docs/facts.md",
    "docs/escalation.md",
    "docs/queries.md",
    "docs/tables.md",
)
HELP = ROOT / "docs" / "reference" / "commands.md"  # its code blocks are the help of the commands
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`|\]\([^)\s]+\)")
LETTER = re.compile(r"\S")


class Rule(NamedTuple):
    """A phrase, what to write instead, and whether the rule applies to docstrings and messages too."""

    pattern: re.Pattern[str]
    advice: str
    in_code: bool = True


class Finding(NamedTuple):
    """A phrase in a text: its line, counted from 1, the words, and what to write instead."""

    line: int
    words: str
    advice: str


def _rule(pattern: str, advice: str, *, in_code: bool = True) -> Rule:
    return Rule(re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE), advice, in_code)


RULES = (
    _rule(r", so that\b", "a consequence follows ', so'; a purpose follows 'so that' without a comma, or 'to'"),
    _rule(r", whichever\b(?! (?:is|comes|was|happens)\b)", "write 'even if' or 'regardless of'"),
    _rule(r", (?:whatever|whoever)\b", "write 'regardless of', or name the case"),
    _rule(
        r"(?<!there\s)\b(?:is|are|was|were) no (?!longer\b|more\b|less\b)[a-z]+", "say what it is, or write 'is not a'"
    ),
    _rule(r"\bby (?:itself|themselves)\b", "write 'automatically', 'alone' or 'on its own'"),
    _rule(r"\botherwise than\b", "write 'differently from'"),
    _rule(r"\bin the place of\b", "write 'instead of' or 'in place of'"),
    _rule(r"\bsome (?:hundred|thousand|\d)", "write 'about' or 'a few'"),
    _rule(r"\b(?:thereof|therein|thereby|wherein|whereby|whereupon|hitherto|hence)\b", "write a new sentence"),
    _rule(r"\b(?:those|that) of\b", "repeat the noun, or use an apostrophe: 'the account's'", in_code=False),
    _rule(r"\bbeside\b", "write 'next to' for a place, 'besides' or 'with' for an addition", in_code=False),
    _rule(r", also (?:of|if|where|when|in|with|from|by|for)\b", "write 'including' or 'even'", in_code=False),
)


def findings(text: str, *, in_code: bool = False) -> list[Finding]:
    """Return what the rules find in a text, in the order of its lines."""
    found = [
        Finding(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), rule.advice)
        for rule in RULES
        if rule.in_code or not in_code
        for match in rule.pattern.finditer(text)
    ]
    return sorted(found)


def markdown(text: str, *, with_blocks: bool = False) -> str:
    """Return a Markdown text with spaces in place of code spans, targets of links and, by default, code blocks."""
    text = text if with_blocks else FENCE.sub(_blank, text)
    return CODE.sub(_blank, text)


def front_matter(sql: str) -> str:
    """Return the comments at the start of a query file, on their lines."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--"))
    return CODE.sub(_blank, "\n".join(lines))


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and other strings of a Python file that have several words, each with its first line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(" ") > 2:
            yield node.lineno, node.value


def _blank(match: re.Match[str]) -> str:
    return LETTER.sub("x", match[0])


def report() -> Iterator[tuple[str, Finding]]:
    """Yield each finding in the repository with the path of its file."""
    for path in sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")}):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(GENERATED):
            text = markdown(path.read_text(encoding="utf-8"), with_blocks=path == HELP)
            yield from ((name, found) for found in findings(text))
    for path in sorted({*ROOT.glob("queries/**/*.toml"), ROOT / "docs" / "columns.toml"}):
        yield from ((str(path.relative_to(ROOT)), found) for found in findings(path.read_text(encoding="utf-8")))
    for path in sorted(ROOT.glob("queries/**/*.sql")):
        text = front_matter(path.read_text(encoding="utf-8"))
        yield from ((str(path.relative_to(ROOT)), found) for found in findings(text))
    for path in sorted(ROOT.glob("iamsql/**/*.py")):
        for line, text in strings(path.read_text(encoding="utf-8")):
            for found in findings(text, in_code=True):
                yield str(path.relative_to(ROOT)), found._replace(line=line + found.line - 1)


def main() -> int:
    """Print the findings, and return the exit code: 1 if there are any."""
    found = list(report())
    for path, finding in found:
        print(f"{path}:{finding.line}: '{finding.words}': {finding.advice}", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
