"""Check the query files of folders, or single files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from iamsql import catalog
from iamsql.catalog.frontmatter import QueryFileError, parse
from iamsql.catalog.settings.untrusted_files import read_text
from iamsql.check.lint.findings import Finding, one_line_message
from iamsql.check.lint.statements import check_sql, template_reader
from iamsql.model import IamsqlError, Query
from iamsql.runs.store.reader import Reader

FILE_RULES = ("file", "file-name", "front-matter", "parameter", "syntax")  # of files that the catalog cannot read


def lint(names: Sequence[str], query_dirs: Sequence[str] = (), refused: list[str] | None = None) -> list[Finding]:
    """Return the findings about queries, files and folders, by file and line; without names, about the user's query folders.

    The name `shipped` stands for the folder of the shipped queries. Append a line to `refused` for each path that is not read.
    Raise IamsqlError for a path that does not exist, and if there is no folder.
    """
    files, folder_names = _query_files(names, query_dirs)
    folders = catalog.chosen_folders(folder_names, query_dirs) if folder_names or not names else []
    paths = [path for path, _ in catalog.files(folders, refused)]
    with template_reader() as reader:
        findings = list(chain.from_iterable(_lint_file(reader, path) for path in dict.fromkeys([*files, *paths])))
    invalid_files = {finding.file for finding in findings if finding.rule in FILE_RULES}
    return sorted(
        {*findings, *(item for item in _invalid_file_findings(folders, query_dirs) if item.file not in invalid_files)}
    )


def _query_files(names: Sequence[str], query_dirs: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return the files of names that are paths or queries, and the other names, which are folders."""
    files, folder_names = list[Path](), list[str]()
    for name in names:
        if Path(name).is_file():
            files.append(Path(name))
        elif name == catalog.SHIPPED or Path(name).is_dir() or not catalog.is_name(name):
            folder_names.append(name)
        else:
            files.append(Path(catalog.load_query(catalog.folders(query_dirs), name).path))
    return files, folder_names


def _lint_file(reader: Reader, path: Path) -> list[Finding]:
    try:
        query: Query = parse(read_text(path), path)
        return check_sql(reader, query)
    except QueryFileError as error:
        return [Finding(str(path), error.line, error.column, error.rule, one_line_message(error.message))]
    except IamsqlError as error:
        return [_finding_from_error(path, str(error))]


def _invalid_file_findings(folders: Sequence[Path], query_dirs: Sequence[str]) -> list[Finding]:
    """Return a finding for each file of the folders that the query folders make invalid, such as a second file of a name."""
    searched_folders = {folder.resolve(): folder for folder in (*catalog.folders(query_dirs), *folders)}
    checked_paths = {path for path, _ in catalog.files(folders)}
    invalid = catalog.read_catalog(list(searched_folders.values())).invalid.values()
    return [_finding_from_error(Path(file.path), file.reason) for file in invalid if Path(file.path) in checked_paths]


def _finding_from_error(path: Path, reason: str) -> Finding:
    """Return the finding for an error. `reason` can begin with the path and a line number."""
    match = re.match(rf"{re.escape(str(path))}:(\d+): ", reason)
    line, message = (int(match[1]), reason[match.end() :]) if match else (1, reason)
    return Finding(str(path), line, 1, "file", one_line_message(message))
