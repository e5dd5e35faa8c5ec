"""Each CTE of a macro that consists of blocks returns its expected rows over the sample organization or test cases.

`make expected` writes the files, which have the number of rows of each CTE, a digest of them, and the first three rows. Read
every line that changes.
"""

from __future__ import annotations

import hashlib
import json
import re
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from iamsql.tables.compiler.run_macros import SIGNATURE_FILE, TABLES_FOLDER, macro_blocks
from tests.conftest import connect_run, sample_run
from tests.tables.permissions import resource_estates, sample_resources, test_resource_questions
from tests.tables.permissions.escalation import (
    boundaries_and_denies,
    chains,
    grants_to_others,
    groups,
    refusals,
    removed_denies,
    services,
    targets,
)
from tests.tables.permissions.escalation.case import joined
from tests.tables.permissions.policy_builders import imported

EXPECTED = Path(__file__).parent / "expected" / "blocks"
MACROS = sorted(path.parent for path in TABLES_FOLDER.rglob(SIGNATURE_FILE))
SHOWN_ROWS, SHOWN_CHARACTERS = 3, 300
THREADS = 2
# test_granted_actions, test_evaluation and test_role_groups have cases with rows.
EMPTY = {"assume_role_rcps", "denying_trusts", "restricted", "restricting", "session_tag_keys"}
# Numbers that DuckDB assigns in any order, and the time of the import.
OMITTED_COLUMNS = {"class_id", "conditional_id", "edge", "item", "method_id", "moment", "place", "statement_id"}
CTE_PATTERN = re.compile(r"^([a-z_]+) as (?:materialized )?\(", re.MULTILINE)
# Statements whose conditions depend on the request: an Allow for two networks, and a Deny without MFA.
STATEMENTS = """[
    {'signature': 'a', 'policy_type': 'identity', 'effect': 'Allow', 'conditions': [{
        'key': 'aws:sourceip', 'original_key': 'aws:SourceIp', 'operator': 'ipaddress', 'qualifier': null, 'if_exists': false,
        'values': ['192.0.2.0/24', '198.51.100.0/24'], 'is_always_present': false}]},
    {'signature': 'a', 'policy_type': 'identity', 'effect': 'Deny', 'conditions': [{
        'key': 'aws:multifactorauthpresent', 'original_key': 'aws:MultiFactorAuthPresent', 'operator': 'bool', 'qualifier': null,
        'if_exists': true, 'values': ['false'], 'is_always_present': false}]}
]"""
ESCALATION_CASES = [
    *grants_to_others.CASES[:4],
    *groups.CASES,
    *boundaries_and_denies.CASES[:6],
    *services.CASES[:6],
    *refusals.CASES,
    *removed_denies.CASES[:8],
    *targets.CASES[:6],
    *chains.CASES,
]
ARGUMENTS = {
    "iam_condition_outcomes": STATEMENTS,
    "iam_escalation_edges": "false",
    "iam_escalation_nodes": "",
    "iam_escalation_paths": "false",
    "iam_evaluation": resource_estates.ARGUMENTS,  # for the questions of resource_questions.csv
    "iam_external_access": "",
    "iam_granted_actions": "''",
    "iam_principal_classes": "[iam_question('s3:GetObject', 'arn:aws:s3:::acme-of-other/x')], null, false, false, "
    "(select list(r.item) from iam_known_resources(['arn:aws:s3:::acme-of-other/x']) as r)",
    "iam_risk": "'{}', 90, 90",
}


def run_for(macro: str, folder: Path) -> Path:
    """Return a run in which most CTEs of a macro have rows."""
    if macro.startswith("iam_escalation"):
        return imported(joined(ESCALATION_CASES), folder)
    if macro in ("iam_granted_actions", "iam_risk", "iam_condition_outcomes"):
        return sample_run()
    return resource_estates.run_with_resources(sample_resources.organization(), sample_resources.resources(), folder)


def ordered(value: Any) -> Any:
    """Return a JSON value without OMITTED_COLUMNS, and with the structs of each list in an order that does not depend on DuckDB."""
    if isinstance(value, list):
        items = [ordered(item) for item in value]
        return sorted(items, key=json.dumps) if items and isinstance(items[0], dict) else items
    if isinstance(value, dict):
        return {name: ordered(item) for name, item in value.items() if name not in OMITTED_COLUMNS}
    return value


def cte_rows(con: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """Return the rows of each CTE of a macro as text, by block."""
    con.execute(f"set TimeZone = 'UTC'; set threads = {THREADS}")
    signature, *blocks = macro_blocks(folder)
    block_texts = [block.read_text() for block in blocks]
    names = [CTE_PATTERN.findall(text) for text in block_texts]
    ctes = "\n".join(block_texts)
    ctes = ctes[: ctes.rindex("\n)\n") + 3]
    selected = [
        f"select '{name}' as cte, coalesce((select list(cast(to_json(t) as varchar)) from {name} as t), []) as cte_rows"
        for name in chain.from_iterable(names)
    ]
    macro = signature.read_text().replace(f"macro {folder.name}(", "temp macro block_rows(")
    con.execute(f"{macro}\n{ctes}\n{' union all '.join(selected)}")
    questions = [json.dumps(sample_resources.question_of(row)) for row in test_resource_questions.rows()]
    con.execute(
        f"create temp table named as {resource_estates.NAMED_QUESTIONS} select * from named", {"questions": questions}
    )
    rows = dict(con.execute(f"from block_rows({ARGUMENTS[folder.name]})").fetchall())
    lines = []
    for block, block_names in zip(blocks, names, strict=True):
        lines.append(f"# {block.stem}\n")
        for name in block_names:
            texts = sorted(json.dumps(ordered(json.loads(row))) for row in rows[name])
            digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
            lines.append(f"{name}: {len(texts)} rows, {digest}")
            lines += [f"    {text[:SHOWN_CHARACTERS]}" for text in texts[:SHOWN_ROWS]]
        lines.append("")
    return "\n".join(lines)


@pytest.mark.parametrize("folder", MACROS, ids=lambda folder: folder.name)
def test_each_cte_returns_its_expected_rows(folder: Path, tmp_path: Path) -> None:
    with connect_run(run_for(folder.name, tmp_path)) as con:
        assert cte_rows(con, folder) == (EXPECTED / f"{folder.name}.txt").read_text()


@pytest.mark.parametrize("folder", MACROS, ids=lambda folder: folder.name)
def test_each_block_says_what_it_gives(folder: Path) -> None:
    _, *blocks = macro_blocks(folder)
    assert [block.name[:3] for block in blocks] == [f"{number:02d}_" for number in range(1, len(blocks) + 1)]
    assert [block.name for block in blocks if not re.match(r"(-- .*\n)+\n", block.read_text())] == []


def test_every_macro_of_blocks_is_tested() -> None:
    assert {folder.name for folder in MACROS} == set(ARGUMENTS) == {path.stem for path in EXPECTED.iterdir()}


def test_few_ctes_have_no_rows() -> None:
    texts = [path.read_text() for path in EXPECTED.iterdir()]
    assert {name for text in texts for name in re.findall(r"^(\w+): 0 rows", text, re.MULTILINE)} == EMPTY


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for each in MACROS:
        with TemporaryDirectory() as temporary, connect_run(run_for(each.name, Path(temporary))) as file:
            (EXPECTED / f"{each.name}.txt").write_text(cte_rows(file, each))
