"""The tests mirror the source tree: tests/PACKAGE/test_module.py tests iamsql/PACKAGE/module.py."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE, TESTS = ROOT / "iamsql", ROOT / "tests"
# Folders of tests about the shipped queries, or about the program as a whole.
TOPICS = {"controls", "detections", "fuzz", "hostile", "queries", "slow", "sync/faults"}
DECLARATIONS = "aws_"  # a table each; tests/tables compares the rows of all of them with responses of AWS
DECLARED = {"tables/calls", "tables/fragments"}  # what the declarations share
LEAST_SHARE = 0.4  # of the other modules, those with a test file of the same name; the rest is tested through these


def folders(root: Path, pattern: str) -> set[str]:
    """Return the folders that contain files of a pattern, relative to the root."""
    return {str(path.parent.relative_to(root)) for path in root.rglob(pattern)}


def test_each_package_has_tests_in_the_folder_of_its_name() -> None:
    assert folders(SOURCE, "__init__.py") - folders(TESTS, "test_*.py") == DECLARED


def test_each_folder_of_tests_is_a_package_or_a_topic() -> None:
    assert folders(TESTS, "test_*.py") - folders(SOURCE, "*.py") - folders(SOURCE, "*.sql") == TOPICS


def test_many_modules_have_a_test_file_of_their_name() -> None:
    modules = [path.relative_to(SOURCE) for path in SOURCE.rglob("*.py") if not path.stem.startswith("_")]
    modules = [path for path in modules if not path.name.startswith(DECLARATIONS)]
    tested = [path for path in modules if (TESTS / path.parent / f"test_{path.name}").is_file()]
    assert len(tested) / len(modules) >= LEAST_SHARE, f"{len(tested)} of {len(modules)}"
