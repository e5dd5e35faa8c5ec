"""Budgets for readable SQL: short files, and no long SQL in Python. The lists name what is over them and may only shrink."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST_FILE, LONGEST_TEXT = 200, 10  # lines of a SQL file, and of SQL in a string of Python
LONG_FILES = {
    "queries/cloudtrail/key_history.sql",
    "queries/coverage/why_empty.sql",
    "queries/reports/audit_report.sql",
}
LINES_IN_PYTHON = 979  # of strings that are longer than LONGEST_TEXT; lower it when there are fewer
SQL = re.compile(r"\b(select|create|insert|update|delete|with)\b", re.IGNORECASE)


def test_a_sql_file_is_short() -> None:
    files = [*(ROOT / "iamsql").rglob("*.sql"), *(ROOT / "queries").rglob("*.sql")]
    long = {str(path.relative_to(ROOT)) for path in files if path.read_text("utf-8").count("\n") > LONGEST_FILE}
    assert len(files) > 400 and long == LONG_FILES


def long_texts(path: Path) -> Iterator[int]:
    """Yield the number of lines of each long string with SQL in a module, without docstrings."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    skipped = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    skipped |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if is_text and id(node) not in skipped and isinstance(node, ast.expr) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > LONGEST_TEXT and SQL.search(ast.get_source_segment(source, node) or ""):
                yield lines


def test_python_has_little_sql() -> None:
    counts = {path: sum(long_texts(path)) for path in (ROOT / "iamsql").rglob("*.py")}
    assert 0 < sum(counts.values()) <= LINES_IN_PYTHON, {
        str(path.relative_to(ROOT)): count for path, count in counts.items() if count
    }
