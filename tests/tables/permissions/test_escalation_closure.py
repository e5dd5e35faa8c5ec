"""For small random organizations, escalation_paths shows the same certain principals as a simple closure in Python.

IAMSQL_FUZZ sets the number of examples, which then differ from run to run. Without it, a few fixed examples are tested.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from tests.conftest import connect_run
from tests.fuzz.example_count import example_settings
from tests.tables.permissions.escalation.case import Case, joined, renamed
from tests.tables.permissions.escalation.closure import Organization, reaches_administrator
from tests.tables.permissions.escalation.random_organizations import EVERY_ACTION, account_details, organizations
from tests.tables.permissions.policy_builders import imported

PATHS = "select distinct principal from escalation_paths(max_steps := 50) where verdict = 'certain'"
ADMINS = "select principal from admins(by_path := false) where verdict = 'certain'"
VERDICTS = """
    select j.principal, j.action, j.resource, j.verdict
    from iam_principal_evaluation(
        $questions::struct("action" varchar, resource varchar)[], null, true, false, null
    ) as j
"""
Verdicts = dict[tuple[str, str, str], str]
SAMPLES = st.lists(organizations(), min_size=1, max_size=8)


def imported_run(sample: list[Organization], folder: Path) -> duckdb.DuckDBPyConnection:
    """Import the organizations into one run, with account IDs for the position of each organization, and open the run."""
    cases = [Case(str(number), "", account_details(organization), {}) for number, organization in enumerate(sample)]
    return connect_run(imported(joined(cases), folder))


def divided(sample: list[Organization], arns: set[str]) -> list[set[str]]:
    """Divide the found ARNs by organization, and restore the account IDs of the organizations."""
    return [
        {arn for arn in organization.identities if renamed(arn, number) in arns}
        for number, organization in enumerate(sample)
    ]


# All phases except shrinking, which takes minutes for a list of organizations; a failing organization is small enough to read.
@pytest.mark.slow
@example_settings(10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(SAMPLES)
def test_paths_equal_the_closure(sample: list[Organization]) -> None:
    with TemporaryDirectory() as folder, imported_run(sample, Path(folder)) as con:
        paths = divided(sample, {arn for (arn,) in con.execute(PATHS).fetchall()})
        admins = divided(sample, {arn for (arn,) in con.execute(ADMINS).fetchall()})
    wrong = []
    for organization, actual, direct in zip(sample, paths, admins, strict=True):
        assert direct == {
            arn for arn, identity in organization.identities.items() if organization.is_administrator(identity)
        }, str(organization)
        expected = {
            arn for arn in organization.identities.keys() - direct if reaches_administrator(organization, {arn})
        }
        if actual != expected:
            wrong.append(
                f"missing: {sorted(expected - actual)}, too many: {sorted(actual - expected)}, of\n{organization}"
            )
    assert not wrong, "\n\n".join(wrong)


def verdicts(con: duckdb.DuckDBPyConnection, questions: list[tuple[str, str]]) -> Verdicts:
    """Evaluate the questions for every principal."""
    values = {"questions": [{"action": action, "resource": resource} for action, resource in questions]}
    return {tuple(key): verdict for *key, verdict in con.execute(VERDICTS, values).fetchall()}


@pytest.mark.slow
@example_settings(4)
@given(st.lists(organizations(), min_size=1, max_size=3))
def test_closure_evaluates_as_can_does(sample: list[Organization]) -> None:
    with TemporaryDirectory() as folder, imported_run(sample, Path(folder)) as con:
        for number, organization in enumerate(sample):
            roles = [identity for identity in organization.identities.values() if identity.kind == "role"]
            arns = ["*", *organization.identities, *organization.groups, *organization.policies]
            questions = [(action, renamed(arn, number)) for action, arn in product(EVERY_ACTION, arns)]
            evaluated = verdicts(con, questions)
            for identity in organization.identities.values():
                caller = renamed(identity.arn, number)
                for action, arn in product(EVERY_ACTION, arns):
                    if arn != "*" and arn.split(":")[4] != identity.account:
                        continue  # IAM acts on the caller's own account alone
                    if action == "sts:AssumeRole" and ":role/" in arn:
                        continue  # the trust policy of the role decides too
                    certain = evaluated[caller, action, renamed(arn, number)] in ("allowed", "conditional")
                    assert certain == organization.allowed(identity, action, arn), (identity, action, arn, organization)
                for role in roles:
                    if role.arn != identity.arn:
                        verdict = evaluated[caller, "sts:AssumeRole", renamed(role.arn, number)]
                        assert (verdict == "allowed") == organization.may_assume(identity, role), (
                            identity,
                            role,
                            verdict,
                            organization,
                        )
