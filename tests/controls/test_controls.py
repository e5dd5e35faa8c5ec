"""Each shipped control has its expected results over the sample organization, and returns each status there.

`make expected` writes the expected files. Read every line that changes.
"""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from csv import DictReader
from functools import cache
from pathlib import Path

import duckdb
import pytest

from iamsql.check.lint.determinism import clock_functions
from iamsql.check.testing.expected import csv_text
from iamsql.model import Query, Result
from tests.conftest import connect_run, sample_run
from tests.controls.control_results import COLUMNS, controls, rows, shipped
from tests.fixtures import built_once
from tests.tiers import slow_but_every

EXPECTED = Path(__file__).parent / "expected"
CONTROLS = controls()
GROUPS = 4  # of controls: `make test` evaluates the controls of one group
# The statuses of the controls that do not have all of ok, alarm and error in the sample organization, and the reason. Controls
# with the tag `manual` have the status info. test_altered_runs.py shows the other statuses.
OTHERWISE: dict[str, tuple[str, str]] = {
    "account_in_landing_units": ("ok alarm", "it is of the organization, which was read"),
    "account_in_organization": ("ok error", "all accounts belong to it"),
    "account_read": ("ok alarm", "an account that was not read is an alarm"),
    "ai_services_opt_out": ("alarm", "there is one organization"),
    "analyzer_external_access": ("ok error", "the organization's analyzer is in the only region that is read"),
    "bedrock_full_access": ("ok error", "the policy is not attached"),
    "bedrock_key_least_privilege": ("ok error", "the user of the only active key has few permissions"),
    "bucket_policy_other_accounts": ("ok error", "no policy allows these actions"),
    "cloudwatch_not_shared": ("ok error", "no account has the role"),
    "identity_center_in_use": ("error", "its region is not read"),
    "kms_key_not_public": ("ok error", "the keys are shared with known accounts"),
    "kms_key_not_shared": ("alarm error", "both customer managed keys are shared"),
    "opensearch_domain_not_shared": ("alarm error", "the only domain has a policy for everyone under conditions"),
    "organization_all_features": ("ok error", "there is one organization"),
    "organization_policy_in_use": ("ok alarm", "it is of the organization, which was read"),
    "rcp_coverage": ("ok", "the root's policy reaches every account"),
    "rest_api_not_shared": ("alarm error", "the only API with a policy is for everyone under conditions"),
    "role_bedrock_unused": ("error", "no policy of a role allows Amazon Bedrock"),
    "root_central_management": ("ok", "there is one organization"),
    "root_central_sessions": ("alarm", "there is one organization"),
    "scp_coverage": ("ok", "the root's policies reach every account"),
    "scp_denies_regions": ("ok alarm", "it is of the organization, which was read"),
    "scp_reaches_every_unit": ("ok alarm", "it is of the organization, which was read"),
    "secret_policy_restricts": ("alarm error", "no policy of a secret denies others"),
    "suspended_accounts_quarantined": ("ok alarm", "it is of the organization, which was read"),
    "tag_policies_attached": ("ok", "there is one organization"),
    "topic_not_public": ("ok error", "the topics are shared with known accounts"),
    "trail_multi_region": ("ok error", "the organization's trail logs every account"),
    "trail_organization": ("ok error", "the organization's trail logs every account"),
    "trail_read_write": ("ok error", "the organization's trail logs every account"),
    "user_bedrock_unused": ("alarm error", "one policy of a user allows Amazon Bedrock"),
    "user_sagemaker_unused": ("error", "no policy of a user allows Amazon SageMaker AI"),
    "vpc_endpoint_policy_restricts": ("alarm error", "the only endpoint has the default policy"),
}

Answer = tuple[list[str], list[tuple[object, ...]]]


def csv(result: Result) -> bytes:
    """Write results as `--output csv` does."""
    return csv_text(result).encode()


@pytest.fixture(scope="module")
def results() -> Callable[[Query], Result]:
    """Return the function that gives the results of a control over the sample organization.

    The controls of a group are evaluated together, once for all workers.
    """

    @cache
    def of_group(group: int) -> dict[str, Result]:
        def evaluate(folder: Path) -> None:
            by_macro = rows(sample_run(), CONTROLS[group::GROUPS])
            (folder / "results.pickle").write_bytes(pickle.dumps(by_macro))

        sources = (Path(__file__), Path(__file__).with_name("control_results.py"))
        folder = built_once(f"control-results-{group}", evaluate, *sources)
        by_macro: dict[str, Result] = pickle.loads((folder / "results.pickle").read_bytes())
        return by_macro

    return lambda query: of_group(CONTROLS.index(query) % GROUPS)[query.macro]


@pytest.fixture(scope="module")
def client(demo_run: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the run file as any DuckDB client does."""
    with connect_run(demo_run) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


@pytest.fixture(scope="module")
def answer(client: duckdb.DuckDBPyConnection) -> Callable[[str], Answer]:
    """Return the function that gives the rows of a control's macro, with its defaults, as any DuckDB client reads them."""

    @cache
    def of_macro(macro: str) -> Answer:
        rows = client.execute(f"from {macro}()")
        return [column[0] for column in rows.description or ()], rows.fetchall()

    return of_macro


@pytest.mark.parametrize("query", slow_but_every(GROUPS, CONTROLS), ids=lambda query: query.macro)
def test_the_results_match_the_expected_file(query: Query, results: Callable[[Query], Result]) -> None:
    assert csv(results(query)) == (EXPECTED / f"{query.macro}.csv").read_bytes()


@pytest.mark.parametrize("query", CONTROLS, ids=lambda query: query.macro)
def test_a_control_returns_each_status(query: Query) -> None:
    with (EXPECTED / f"{query.macro}.csv").open(encoding="utf-8", newline="") as file:
        statuses = {row["status"] for row in DictReader(file)}
    usual = "info" if "manual" in query.tags else "ok alarm error"
    expected = set(OTHERWISE.get(query.name, (usual, ""))[0].split())
    assert not expected - statuses, f"{query.name} has no {', '.join(sorted(expected - statuses))}"


@pytest.mark.parametrize("query", slow_but_every(2 * GROUPS, CONTROLS), ids=lambda query: query.macro)
def test_the_macro_returns_the_rows_of_the_control(
    query: Query, results: Callable[[Query], Result], answer: Callable[[str], Answer]
) -> None:
    names, answer_rows = answer(query.macro)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in results(query).rows]
    unknown = {row["account_id"] for row in rows if row["status"] == "error"}
    evaluated = Counter(tuple(row[name] for name in names[:5]) for row in rows if row["status"] != "error")
    answered = Counter(row[:5] for row in answer_rows if row[1] != "error")
    # `check` has one row for an account that was not read, and one error instead of all that an account lacks the data
    # for; besides those, both give the same rows.
    assert {row[:2] for row in evaluated - answered} <= {(f"arn:aws:::{row[3]}", "skip") for row in evaluated}
    assert {row[3] for row in answered - evaluated} <= unknown
    dimensions = {name for row in rows for name in json.loads(str(row["dimensions"] or "{}"))}
    assert dimensions <= {*names[5:]}


@pytest.mark.parametrize("query", slow_but_every(4, CONTROLS), ids=lambda query: query.macro)
def test_a_result_has_a_resource_and_is_unique(query: Query, answer: Callable[[str], Answer]) -> None:
    names, answer_rows = answer(query.macro)
    assert names[:5] == ["resource", "status", "reason", "account_id", "region"]
    for row in answer_rows:
        assert all(isinstance(value, str) and value for value in row[:5]), row
        assert row[1] in ("ok", "alarm", "info", "skip", "error") and str(row[2]).endswith((".", "?")), row
        assert row[1] != "error" or str(row[2]).startswith("Unknown:"), row
        assert str(row[0]).startswith("arn:"), row
    keys = [(row[0], row[3], row[4], *row[5:]) for row in answer_rows]
    assert len({repr(key) for key in keys}) == len(keys), "two verdicts of one thing"


@pytest.mark.parametrize("query", CONTROLS, ids=lambda query: query.macro)
def test_a_control_has_a_description(query: Query) -> None:
    assert query.title and query.severity and query.tags and len(query.about) > 80
    assert not [param.name for param in query.params if param.required]
    assert [*clock_functions(query.sql)] == []


def test_each_expected_file_has_a_control() -> None:
    assert {path.stem for path in EXPECTED.glob("*.csv")} == {query.macro for query in CONTROLS}
    assert OTHERWISE.keys() <= {query.name for query in CONTROLS}


def test_each_benchmark_loads_and_lists_controls_that_exist() -> None:
    assert shipped().benchmarks
    for benchmark in shipped().benchmarks.values():
        assert {entry.control for _, entry in benchmark.controls()} <= shipped().controls.keys()


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for macro, result in rows(sample_run()).items():
        (EXPECTED / f"{macro}.csv").write_bytes(csv(result))
