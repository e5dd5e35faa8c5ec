"""Compare the catalog of a run with the declarations of this iamsql version: a changed macro would change answers.

DuckDB does not show the default values of macro parameters, so these are not compared.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.runs.file.template import template
from iamsql.runs.store.reader import Reader, open_run
from iamsql.tables.compiler import compiler
from iamsql.version import __version__

Entry = tuple[str, str, str]  # object type, schema and name
Values = tuple[Any, ...]

# Qualified names select DuckDB's own functions; a macro of the file may have the same name.
CATALOG_SQL = (
    "select 'macro', schema_name, function_name, function_type, macro_definition, parameters, parameter_types "
    "from system.main.duckdb_functions() where not internal",
    "select 'view', schema_name, view_name, sql from system.main.duckdb_views() where not internal",
    "select 'table', schema_name, table_name, sql from system.main.duckdb_tables() where not internal",
    "select 'type', schema_name, type_name, logical_type, labels from system.main.duckdb_types() where not internal",
    "select 'sequence', schema_name, sequence_name, sql from system.main.duckdb_sequences()",
    "select 'index', schema_name, index_name, sql from system.main.duckdb_indexes()",
    "select 'trigger', schema_name, trigger_name, sql from system.main.duckdb_triggers()",
)
QUERY_VERSIONS_SQL = "select name, version from iamsql.queries"
PARSE_SQL = "select system.main.json_serialize_sql($sql)"
VERSION_SUFFIX_PATTERN = re.compile(r"_v\d+$")  # the suffix of macros of older query versions
# Lists of a star expression, which DuckDB writes in any order.
SETS = ("exclude_list", "qualified_exclude_list", "replace_list", "rename_list")
ENGINE = slice(52, 84)  # the position of the DuckDB version in a file header


def differences(reader: Reader) -> list[str] | None:
    """Return the entries that differ, such as `macro iam_like`; None if the run cannot be compared.

    Runs of another version of iamsql or DuckDB have other declarations. Queries of another version are left out.
    """
    metadata = reader.metadata
    if (metadata.iamsql_version, metadata.schema_fingerprint) != (__version__, compiler.fingerprint()):
        return None
    if _duckdb_version(reader.path) != _duckdb_version(template()):
        return None
    with open_run(template()) as declared:
        expected, actual = _read_catalog(declared), _read_catalog(reader)
        entries = sorted(expected.keys() | actual.keys())
        differing = [entry for entry in entries if not _are_equal(expected[entry], actual[entry], declared)]
        other_queries = {name for name, _ in _read_versions(declared) ^ _read_versions(reader)}
    return [
        f"{object_type} {name if schema == 'main' else f'{schema}.{name}'}"
        for object_type, schema, name in differing
        if not (object_type == "macro" and {name, VERSION_SUFFIX_PATTERN.sub("", name)} & other_queries)
    ]


def _read_catalog(reader: Reader) -> defaultdict[Entry, list[Values]]:
    """Map each entry to its definitions; an overloaded macro has several."""
    definitions = defaultdict[Entry, list[Values]](list)
    for select in CATALOG_SQL:
        for object_type, schema, name, *values in reader.run(select).rows:
            definitions[object_type, schema, name].append(tuple(values))
    return definitions


def _read_versions(reader: Reader) -> set[tuple[str, str]]:
    """Return the name and version of each query in a run file."""
    return {(str(name), str(version)) for name, version in reader.run(QUERY_VERSIONS_SQL).rows}


def _are_equal(expected: list[Values], actual: list[Values], parser: Reader) -> bool:
    """Return whether two entries have the same definitions."""
    if expected == actual:
        return True
    return [_parse_macro_body(values, parser) for values in expected] == [
        _parse_macro_body(values, parser) for values in actual
    ]


def _parse_macro_body(values: Values, parser: Reader) -> Values:
    """Replace the body of a macro with its parse tree with sorted sets; return other entries unchanged."""
    if values[0] not in ("macro", "table_macro"):
        return values
    macro_type, body, *rest = values
    sql = body if macro_type == "table_macro" else f"select {body}"
    try:
        tree = json.loads(parser.run(PARSE_SQL, {"sql": sql}).rows[0][0], object_hook=_sort_sets)
    except (IamsqlError, RecursionError):  # too deep; the text decides
        return values
    return values if tree.get("error") else (macro_type, tree, *rest)


def _sort_sets(node: dict[str, Any]) -> dict[str, Any]:
    """Sort the sets of a node of a parse tree, and remove positions in the text."""
    node = {key: value for key, value in node.items() if not key.startswith("query_location")}
    for name in SETS:
        if isinstance(node.get(name), list):
            node[name] = sorted(node[name], key=lambda item: json.dumps(item, sort_keys=True))
    return node


def _duckdb_version(path: Path) -> bytes:
    """Return the DuckDB version in a file header."""
    try:
        with path.open("rb") as stream:
            return stream.read(ENGINE.stop)[ENGINE]
    except OSError as error:
        raise IamsqlError(f"Cannot read {path}: {error.strerror or error}.") from error
