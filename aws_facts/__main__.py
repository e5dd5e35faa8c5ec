"""Rebuild the files of facts, print what changes, and list the facts that a person has to check: `make facts`."""

from __future__ import annotations

import argparse
import csv
import importlib
import io
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import unified_diff
from pathlib import Path

from aws_facts import files
from iamsql.tables.compiler.facts import fact_sources

COMMAND = "make facts"
ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str]) -> int:
    """Rebuild the files, and print the differences and the list."""
    parser = argparse.ArgumentParser("python -m aws_facts", description=__doc__)
    parser.parse_args(arguments)
    for path, text in rebuilt(date.today()).items():
        print(difference(path, text), end="")
        path.write_text(text, encoding="utf-8")
    print("\nFor a person to check, the oldest first:", *to_check(), sep="\n")
    return 0


def rebuilt(today: date) -> dict[Path, str]:
    """Map the path of each file that can be rebuilt to its text. Raise LookupError if a source lacks what it should have."""
    names = sorted(module.name for module in pkgutil.iter_modules(files.__path__))
    modules = [importlib.import_module(f"{files.__name__}.{name}") for name in names]
    rows = {module: module.rows() for module in modules}
    if empty := [module.FILE.name for module in modules if not rows[module]]:
        raise LookupError(f"The sources have no row for {', '.join(empty)}.")
    return {
        module.FILE: file_text(module.ABOUT, module.SOURCE, today, [module.HEADER, *rows[module]]) for module in modules
    }


def file_text(about: str, source: str, today: date, rows: Sequence[Sequence[str]]) -> str:
    """Return the text of a file: the comment lines that iamsql.tables.compiler.facts describes, and the rows as CSV."""
    stream = io.StringIO()
    stream.write(f"# about: {about}\n# source: {source}\n# date: {today}\n# rebuild: {COMMAND}\n")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def difference(path: Path, text: str) -> str:
    """Return the difference between a file and its new text, in the unified format."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    name = path.relative_to(ROOT).as_posix()
    return "".join(unified_diff(before.splitlines(True), text.splitlines(True), f"a/{name}", f"b/{name}", n=0))


def to_check() -> Iterator[str]:
    """Yield a line for each fact that `make facts` does not rebuild, with its source and what to read."""
    for facts in sorted(fact_sources(), key=lambda facts: facts.date):
        if facts.rebuild != COMMAND:
            yield f"{facts.date} {facts.name} ({facts.file}): {facts.source}. To check: {facts.rebuild}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
