"""Run the quick tests of the files that changed: `python -m tests.changed [REVISION] -- PYTEST…`, as `make test-changed` does.

Files changed since the last commit that REVISION has too; by default the upstream branch, or without one, the last commit. A
test file runs itself, and another module of `tests` runs the files that import it. A module of `iamsql` runs the tests of its
package, which has the same name in `tests`. A query runs the cases with its name.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# The folders whose tests have a case for each query, with its name.
OF_QUERIES = ("queries", "controls", "detections", "catalog", "check/lint", "query/listing")
NAMES = "IAMSQL_TEST_QUERIES"
# The tests of what is not in a package: documentation, the build, and files at the root.
DOCUMENTS = ("tests/test_docs.py", "tests/test_readme.py", "tests/test_site.py", "tests/test_code_budgets.py")
BUILD = ("tests/test_make_demo.py", "tests/test_supply_chain.py", "tests/test_code_budgets.py")


def main(arguments: Sequence[str]) -> int:
    """Print the tests of the changed files, run pytest on them, and return its exit code."""
    separator = list(arguments).index("--")
    selected = tests_of(changed_files(*arguments[:separator]))
    if not selected:
        print("No file with tests changed.", file=sys.stderr)
        return 0
    names = ",".join(sorted(test for test in selected if "/" not in test))
    paths = sorted(test for test in selected if "/" in test)
    print("Tests:", *paths, *([f"(queries: {names})"] if names else ()), file=sys.stderr)
    result = subprocess.run(
        [*arguments[separator + 1 :], *paths], cwd=ROOT, env=os.environ | {NAMES: names}, check=False
    )
    return 0 if result.returncode == 5 else result.returncode  # 5: all tests of the files are slow


def changed_files(revision: str = "") -> list[str]:
    """Return the paths of changed and new files, from the root of the repository."""
    upstream = revision or _git("rev-parse", "--abbrev-ref", "@{upstream}") or "HEAD"
    base = _git("merge-base", "HEAD", upstream)
    if not base:
        raise SystemExit(f"git knows no revision {upstream}. Name another: make test-changed SINCE=main")
    changed = _git("diff", "--name-only", base).splitlines()
    if not changed and not revision:
        changed = _git("diff", "--name-only", "HEAD~1").splitlines()
    return [*changed, *_git("ls-files", "--others", "--exclude-standard").splitlines()]


def tests_of(files: Iterable[str]) -> set[str]:
    """Return the test files and folders of changed files, and the names of the queries whose cases are to run."""
    return {test for file in files for test in _tests_of(Path(file))}


def _tests_of(file: Path) -> Iterator[str]:
    match file.parts:
        case ["tests", *_] if file.name.startswith("test_") and file.suffix == ".py":
            yield from [str(file)] if (ROOT / file).exists() else []
        case ["tests", *_, "expected", _] if file.relative_to("tests").as_posix().startswith(OF_QUERIES):
            yield from _of_query(file.name.split(".")[0])
        case ["tests", folder, _, *_] if (ROOT / "tests" / folder).is_dir():
            yield f"tests/{folder}"
        case ["tests", "conftest.py"]:
            yield "tests"
        case ["tests", _] if file.suffix == ".py":
            yield from _that_import(file.stem)
        case ["iamsql", *_]:
            yield from _of_module(file)
        case ["queries", *_] if file.suffix == ".sql":
            yield from _of_query(file.stem)
        case ["queries", *_]:
            yield "tests/catalog"
        case ["docs", *_] | [("README.md" | "CHANGELOG.md" | "CONTRIBUTING.md" | "SECURITY.md")]:
            yield from DOCUMENTS
        case ["benchmarks", *_]:
            yield "tests/test_bench.py"
        case ["aws_facts", *_]:
            yield "tests/test_aws_facts.py"
        case [_] | [".github" | ".ci" | "docker", *_]:
            yield from BUILD


def _of_module(file: Path) -> Iterator[str]:
    """Yield the tests of a module: its own file and, for a package, the folder of the same name."""
    folders = [ROOT / "tests" / folder for folder in file.parent.relative_to("iamsql").parents]
    folder = ROOT / "tests" / file.parent.relative_to("iamsql")
    if tested := next((path for path in (folder, *folders) if path.is_dir() and path != ROOT / "tests"), None):
        yield str(tested.relative_to(ROOT))
    elif (test_file := ROOT / "tests" / f"test_{file.stem}.py").exists():
        yield str(test_file.relative_to(ROOT))
    yield "tests/test_code_budgets.py"


def _that_import(module: str) -> Iterator[str]:
    """Yield the test files that import a module of `tests`."""
    use = re.compile(rf"^from tests\.{module} import|^from tests import .*\b{module}\b", re.MULTILINE)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        if use.search(file.read_text(encoding="utf-8")):
            yield str(file.relative_to(ROOT))


def _of_query(name: str) -> Iterator[str]:
    yield name.replace(".", "_")  # the name of its macro
    yield from (f"tests/{folder}" for folder in OF_QUERIES)


def _git(*arguments: str) -> str:
    """Return what a git command prints, or '' if it fails."""
    result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else ""


def select_queries(items: list[Any]) -> list[Any]:
    """Remove from a list the items of pytest about queries that the environment does not name, and return them.

    The cases of the named queries are not slow. Items of other folders, and of files on the command line, stay.
    """
    names = set(filter(None, os.environ.get(NAMES, "").split(",")))
    if not names:
        return []
    remaining, removed = [], []
    for item in items:
        file = item.path.relative_to(ROOT)
        if file.parts[1] not in OF_QUERIES or str(file) in item.config.args:
            remaining.append(item)
        elif names.isdisjoint(_words(item)):
            removed.append(item)
        else:
            item.own_markers[:] = [mark for mark in item.own_markers if mark.name != "slow"]
            remaining.append(item)
    items[:] = remaining
    return removed


def _words(item: Any) -> list[str]:
    """Return the words of the identifier of a case: `stale_keys` and `csv` of `test_rows[stale_keys-csv]`."""
    return re.split(r"\W+", item.name.partition("[")[2])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
