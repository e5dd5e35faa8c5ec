"""The tests mirror the source tree: tests/PACKAGE/test_module.py tests iamsql/PACKAGE/module.py."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE, TESTS = ROOT / "iamsql", ROOT / "tests"
# Folders of tests about the shipped queries, or about the program as a whole.
TOPICS = {"controls", "detections", "fuzz", "hostile", "queries", "slow", "sync/faults"}
# Modules of tables that declare one table each; tests/tables compares the rows of all of them with responses of AWS.
DECLARATIONS = ("aws_", "iam_")
DECLARED = {"tables/calls"}  # what the declarations share
CODE = 25  # lines from which the __init__.py of a package is more than its docstring and imports
# Of the other modules, those with a test file of the same name; the rest is tested through these. The share can only rise.
LEAST_SHARE = 0.76


def folders(root: Path, pattern: str) -> set[str]:
    """Return the folders that contain files of a pattern, relative to the root."""
    return {str(path.parent.relative_to(root)) for path in root.rglob(pattern)}


def test_each_package_has_tests_in_the_folder_of_its_name() -> None:
    assert folders(SOURCE, "__init__.py") - folders(TESTS, "test_*.py") == DECLARED


def test_each_folder_of_tests_is_a_package_or_a_topic() -> None:
    assert folders(TESTS, "test_*.py") - folders(SOURCE, "*.py") - folders(SOURCE, "*.sql") == TOPICS


def needs_tests(module: Path) -> bool:
    """Return whether a module, relative to the source, is more than a declaration or the docstring of a package."""
    if module.parts[0] == "tables" and module.name.startswith(DECLARATIONS):
        return False
    is_package = module.name == "__init__.py"
    return module.name != "__main__.py" and not (
        is_package and len((SOURCE / module).read_text(encoding="utf-8").splitlines()) < CODE
    )


def files_of(module: Path) -> set[Path]:
    """Return the paths that the test file of a module can have: the one of a package lies inside or next to its folder."""
    folder = module.parent
    if module.name == "__init__.py":
        return {folder / f"test_{folder.name}.py", folder.parent / f"test_{folder.name}.py"}
    return {folder / f"test_{module.name}"}


def test_most_modules_have_a_test_file_of_their_name() -> None:
    modules = [module for path in SOURCE.rglob("*.py") if needs_tests(module := path.relative_to(SOURCE))]
    tests = {path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    lacking = sorted(str(module) for module in modules if not files_of(module) & tests)
    share = 1 - len(lacking) / len(modules)
    assert share >= LEAST_SHARE, f"{share:.1%} of {len(modules)} modules; without a test file: {lacking}"
