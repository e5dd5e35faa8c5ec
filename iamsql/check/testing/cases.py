"""Find the tests of query folders: the query files, with cases and files of expected rows next to them.

`NAME.expected.csv` has the rows with the defaults of the parameters. `NAME.cases.toml` has a table of parameter values for each
other case; its rows are in `NAME.CASE.expected.csv`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog.frontmatter import read_query
from iamsql.catalog.settings.toml_file import read_toml
from iamsql.catalog.settings.untrusted_files import leads_out
from iamsql.check.testing.expected import EXPECTED_SUFFIX
from iamsql.model import IamsqlError, Query

CASES_SUFFIX = ".cases.toml"
CASE_NAME_PATTERN = re.compile(r"(?!v[0-9]+$)[a-z0-9_]+")  # v1 is the version in the name of a file


# Values of the parameters that shipped queries require: the access key of the attack and its user, a user with few permissions, and
# a role that the whole organization may assume.
SAMPLE_VALUES: dict[str, Any] = {
    "questions": '[{"principal": "arn:aws:iam::666677778888:user/ci/deploy", "action": "iam:PassRole"}, '
    '{"principal": "arn:aws:iam::555566667777:user/bruno", "action": "iam:CreateUser"}]',
    "requests": '[{"action": "iam:PassRole"}, {"action": "s3:GetObject", "resource": "arn:aws:s3:::payments-exports/a"}]',
    "roles": '["arn:aws:iam::555566667777:role/open-to-the-organization", "arn:aws:iam::555566667777:role/operations"]',
    "access_key_id": "AKIAC4JNQYUPGS2UKPFM",
    "user_name": "svc-backup",
    "principal": "arn:aws:iam::666677778888:user/ci/deploy",
    "action": "iam:PassRole",
    "role": "arn:aws:iam::555566667777:role/open-to-the-organization",
}


@dataclass(frozen=True)
class Case:
    """A query with the values of its parameters; `name` is '' for the defaults. `expected` is the path of the expected rows."""

    query: Query
    name: str
    values: Mapping[str, Any]
    expected: Path
    folder: Path

    @property
    def key(self) -> tuple[str, str]:
        """Return what identifies the case among the cases of all queries."""
        return self.query.macro, self.name


@dataclass(frozen=True)
class QueryFile:
    """A query file of a tested folder: its cases, or the errors why it has none."""

    path: Path
    folder: Path
    cases: tuple[Case, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the query in a list of tests: the file name without .sql."""
        return self.path.stem


@dataclass(frozen=True)
class QueryFiles:
    """The files of the tested folders, each with its folder, and a line for each path that was not read."""

    paths: Sequence[tuple[Path, Path]]
    notes: tuple[str, ...] = ()

    @cached_property
    def files(self) -> list[QueryFile]:
        """Read the files. Two files with the same name, also a shipped query's, are an error of both."""
        # The folders of the files only: what else ./queries has does not matter.
        folders = {
            folder.resolve(): folder for folder in (catalog.shipped_folder(), *(folder for _, folder in self.paths))
        }
        query_files = catalog.read_catalog(list(folders.values()))
        queries = {
            os.path.realpath(query.path): query for versions in query_files.queries.values() for query in versions
        }
        reasons = {os.path.realpath(file.path): file.reason for file in query_files.invalid.values()}
        return [self._read_query_file(path, folder, queries, reasons) for path, folder in self.paths]

    def _read_query_file(
        self, path: Path, folder: Path, queries: Mapping[str, Query], reasons: Mapping[str, str]
    ) -> QueryFile:
        real_path = os.path.realpath(path)
        try:
            if reason := reasons.get(real_path):
                raise IamsqlError(reason)
            query = queries.get(real_path) or read_query(path)
            return QueryFile(path, folder, tuple(_query_cases(query, path, folder)))
        except IamsqlError as error:
            return QueryFile(path, folder, errors=(str(error),))


def find_tests(names: Sequence[str], query_dirs: Sequence[str] = ()) -> QueryFiles:
    """Return the tests of files and folders, or of the user's query folders; `shipped` stands for the shipped queries.

    Raise IamsqlError for a path that does not exist, and for folders without a query.
    """
    files = [(Path(name), Path(name).parent) for name in names if Path(name).is_file()]
    folder_names = [name for name in names if not Path(name).is_file()]
    notes: list[str] = []
    paths = dict(files)
    for folder in catalog.chosen_folders(folder_names, query_dirs) if folder_names or not names else ():
        paths |= {path: folder for path, _ in catalog.files([folder], notes) if path not in paths}
    if not paths:
        raise IamsqlError(
            "\n".join(notes or ["there is no .sql file in the folder\nWrite a query: NAME.sql with -- title:"])
        )
    return QueryFiles(list(paths.items()), tuple(notes))


def _query_cases(query: Query, path: Path, folder: Path) -> Iterator[Case]:
    """Yield the case with the defaults, if there are defaults, and the cases of the sidecar.

    Raise IamsqlError for a sidecar that is not valid, for expected rows of no case, and for a query without any case.
    """
    values = _read_sidecar(path, folder)
    sample_values = SAMPLE_VALUES if query.shipped else {}
    required_names = {param.name for param in query.params if param.required}
    names = {"", *values} if required_names <= sample_values.keys() else {*values}
    if not names:
        needed = ", ".join(sorted(required_names))
        raise IamsqlError(
            f"{path}: {needed} has no default\nAdd the values of a case to {path.stem}{CASES_SUFFIX}: [case]"
        )
    for name in sorted(names):
        case_values = {key: sample_values[key] for key in required_names & sample_values.keys()} | dict(
            values.get(name, {})
        )
        expected = path.with_name(f"{path.stem}.{name}{EXPECTED_SUFFIX}" if name else f"{path.stem}{EXPECTED_SUFFIX}")
        yield Case(query, name, catalog.bind(query, case_values), expected, folder)
    for other_file in sorted(path.parent.glob(f"{path.stem}*{EXPECTED_SUFFIX}")):
        name = other_file.name.removeprefix(path.stem).removesuffix(EXPECTED_SUFFIX).removeprefix(".")
        is_of_version = other_file.name.startswith(f"{path.stem}.v") and not CASE_NAME_PATTERN.fullmatch(name)
        if other_file.name[len(path.stem)] == "." and name not in names and not is_of_version:
            raise IamsqlError(
                f"{other_file}: expected rows of no case\nAdd the values of the case to {path.stem}{CASES_SUFFIX}: [{name}]"
            )


def _read_sidecar(path: Path, folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return the values of each case in the TOML file next to a query; {} without a file."""
    sidecar = path.with_name(f"{path.stem}{CASES_SUFFIX}")
    if not os.path.lexists(sidecar):
        return {}
    if leads_out(sidecar, folder):
        raise IamsqlError(
            f"{sidecar} is a link that leads out of {folder}\nThe cases of a query are a file next to it."
        )
    tables = read_toml(sidecar)
    for name, values in tables.items():
        if not CASE_NAME_PATTERN.fullmatch(name):
            raise IamsqlError(f"{sidecar}: the name of a case has lower-case letters, digits and _, not {name!r}")
        if not isinstance(values, dict):
            raise IamsqlError(f"{sidecar}: {name} must be a table: [{name}], then a line for each parameter")
    return tables
