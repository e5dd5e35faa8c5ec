"""Report phrases that read like a translation, with what to write instead; `make check-static` runs it.

A rule matches a phrase where English has a shorter or more common form. The texts are README and the other Markdown written by
hand, the help of commands, the comments of SQL files, descriptions in TOML files, the strings of the package, and the docstrings
and comments of all Python files. A rule with a budget fails if more places than its budget have the phrase.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import Counter
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
WITH_EXAMPLES = ("prose.py", "test_prose.py")  # files that contain the phrases


class Rule(NamedTuple):
    """A phrase, what to write instead, and the number of places that may still have it. A budget is lowered, never raised."""

    pattern: re.Pattern[str]
    advice: str
    budget: int = 0


class Finding(NamedTuple):
    """A phrase in a text: its line, counted from 1, the words, and the rule."""

    line: int
    words: str
    rule: Rule


def _rule(pattern: str, advice: str, budget: int = 0) -> Rule:
    return Rule(re.compile(pattern.replace(" ", r"(?:\s|--|#)+"), re.IGNORECASE), advice, budget)


RULES = (
    _rule(r", so that\b", "a consequence follows ', so'; a purpose follows 'so that' without a comma, or 'to'", 1),
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
    _rule(r"\b(?:those|that) of\b", "repeat the noun, or use an apostrophe: 'the account's'", 7),
    _rule(r"\b(?:of|in|for) which\b", "write two sentences, or 'where', 'when' or 'that'", 20),
    _rule(r"\bbeside\b", "write 'next to' for a place, 'besides' or 'with' for an addition", 1),
    _rule(r", also (?:of|if|where|when|in|with|from|by|for)\b", "write 'including' or 'even'"),
    _rule(r"(?:,|\bor|\band) else\b", "write 'otherwise', or list the cases"),
    _rule(r"\b(?:tells|knows)\b", "write 'indicates', 'returns' or 'contains'", 12),
    _rule(r"\beverybody\b", "write 'everyone'"),
    _rule(r"\bmeanwhile\b", "write 'in the meantime', 'until then', or nothing"),
    _rule(r"\bfurther\b", "write 'more', 'other' or 'next'", 5),
    _rule(r", too[.;:]", "write 'also' before the verb"),
    _rule(r"\bother [a-z]+ than\b", "write 'different from', or say which ones", 2),
)


def findings(text: str) -> list[Finding]:
    """Return what the rules find in a text, in the order of its lines."""
    matches = [(rule, match) for rule in RULES for match in rule.pattern.finditer(text)]
    results = [
        Finding(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), rule) for rule, match in matches
    ]
    return sorted(results, key=lambda finding: finding[:2])


def markdown(text: str, *, with_blocks: bool = False) -> str:
    """Return a Markdown text with spaces in place of code spans, targets of links and, by default, code blocks."""
    text = text if with_blocks else FENCE.sub(_blank, text)
    return CODE.sub(_blank, text)


def sql_comments(sql: str) -> str:
    """Return the comments of SQL on their lines. A comment begins with -- and a space."""
    lines = (line.partition("-- ")[1:] for line in sql.splitlines())
    return CODE.sub(_blank, "\n".join("".join(parts) for parts in lines))


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and other strings of a Python file that have several words, each with its first line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(" ") > 2:
            yield node.lineno, node.value


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the docstrings of a Python file, each with its first line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text:
                yield node.body[0].lineno, text


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a Python file; the lines of a comment are one text."""
    text, first, last = "", 0, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            if text and line == last + 1:
                text += f"\n{token.string}"
            else:
                if text:
                    yield first, text
                text, first = token.string, line
            last = line
    if text:
        yield first, text


def _blank(match: re.Match[str]) -> str:
    return LETTER.sub("x", match[0])


def _texts() -> Iterator[tuple[Path, int, str]]:
    """Yield each text of the repository with its file and its first line."""
    for path in sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")}):
        if not path.relative_to(ROOT).as_posix().startswith(GENERATED):
            yield path, 1, markdown(path.read_text(encoding="utf-8"), with_blocks=path == HELP)
    for path in sorted({*ROOT.glob("queries/**/*.toml"), *ROOT.glob("docs/columns.toml")}):
        yield path, 1, path.read_text(encoding="utf-8")
    for folder in ("queries", "iamsql"):
        for path in sorted(ROOT.glob(f"{folder}/**/*.sql")):
            yield path, 1, sql_comments(path.read_text(encoding="utf-8"))
    for folder in ("iamsql", "tests", "benchmarks", "aws_facts", "docs"):
        for path in sorted(ROOT.glob(f"{folder}/**/*.py")):
            if path.name not in WITH_EXAMPLES:
                source = path.read_text(encoding="utf-8")
                texts = strings(source) if folder == "iamsql" else docstrings(source)
                yield from ((path, line, text) for line, text in (*texts, *comments(source)))


def report() -> list[tuple[str, Finding]]:
    """Return the findings of the rules that more places break than their budgets allow, each with the path of its file."""
    results = [
        (path.relative_to(ROOT).as_posix(), finding._replace(line=first + finding.line - 1))
        for path, first, text in _texts()
        for finding in findings(text)
    ]
    counts = Counter(finding.rule for _, finding in results)
    return [(path, finding) for path, finding in results if counts[finding.rule] > finding.rule.budget]


def main() -> int:
    """Print the findings, and return the exit code: 1 if there are any."""
    results = report()
    for path, finding in results:
        print(f"{path}:{finding.line}: '{finding.words}': {finding.rule.advice}", file=sys.stderr)
    for rule, number in Counter(finding.rule for _, finding in results).items():
        allowed = f", where {rule.budget} are allowed" if rule.budget else ""
        print(f"{number} places{allowed}: {rule.advice}", file=sys.stderr)
    return int(bool(results))


if __name__ == "__main__":
    sys.exit(main())
