"""Rebuild the files of facts, print what changes, and list the files that a person has to check: `make facts`."""

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
from iamsql.schema.facts import DATA, read_facts

COMMAND = "make facts"
ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str]) -> int:
    """Rebuild the files and print the differences and the list."""
    parser = argparse.ArgumentParser("python -m aws_facts", description=__doc__)
    parser.parse_args(arguments)
    for path, text in rebuilt(date.today()).items():
        print(difference(path, text), end="")
        path.write_text(text, encoding="utf-8")
    print("\n".join(to_check()))
    return 0


def rebuilt(today: date) -> dict[Path, str]:
    """Map the path of each file that can be rebuilt to its text."""
    names = [module.name for module in pkgutil.iter_modules(files.__path__)]
    return {DATA / f"{name}.csv": text_of(name, today) for name in names}


def text_of(name: str, today: date) -> str:
    """Return the text of a file: the comment lines that iamsql.schema.facts describes, and the rows as CSV."""
    module = importlib.import_module(f"{files.__name__}.{name}")
    stream = io.StringIO()
    stream.write(f"# about: {module.ABOUT}\n# source: {module.SOURCE}\n# date: {today}\n# rebuild: {COMMAND}\n")
    csv.writer(stream, lineterminator="\n").writerows([module.HEADER, *module.rows()])
    return stream.getvalue()


def difference(path: Path, text: str) -> str:
    """Return the difference between a file and its new text, in the unified format."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    name = str(path.relative_to(ROOT))
    return "".join(unified_diff(before.splitlines(True), text.splitlines(True), f"a/{name}", f"b/{name}", n=0))


def to_check() -> Iterator[str]:
    """Yield a line for each file that a person has to check, with what to read."""
    for path in sorted(DATA.glob("*.csv")):
        origin = read_facts(path).origin
        if origin["rebuild"] != COMMAND:
            yield f"{path.relative_to(ROOT)} ({origin['date']}): {origin['rebuild']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
