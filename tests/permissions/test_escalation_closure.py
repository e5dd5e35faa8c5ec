"""For small random estates, escalation_paths shows the same certain principals as a simple closure in Python.

IAMSQL_FUZZ says how many examples are tried, others each time; without it there are few, always the same.
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
from tests.permissions.escalation.case import Case, joined, renamed
from tests.permissions.escalation.closure import Estate, reaches_administrator
from tests.permissions.escalation.random_estates import EVERY_ACTION, dumped, estates
from tests.permissions.pieces import imported

PATHS = "select distinct principal from escalation_paths(max_hops := 50) where verdict = 'certain'"
ADMINS = "select principal from admins(by_path := false) where verdict = 'certain'"
JUDGED = """
    select j.principal, j.action, j.resource, j.verdict
    from iam_principal_evaluation($questions::struct("action" varchar, resource varchar)[], null, true, $trust::boolean, false) as j
"""
Judged = dict[tuple[str, str, str], str]
SEVERAL = st.lists(estates(), min_size=1, max_size=8)


def asked(several: list[Estate], folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the run of several estates, whose account ids are replaced by ids for their position."""
    cases = [Case(str(place), "", dumped(one), {}) for place, one in enumerate(several)]
    return connect_run(imported(joined(cases), folder))


def placed(several: list[Estate], found: set[str]) -> list[set[str]]:
    """Divide the found ARNs by estate, with the account ids of the estates."""
    return [{arn for arn in one.identities if renamed(arn, place) in found} for place, one in enumerate(several)]


# To shrink a list of estates takes minutes, and one estate is small enough to be read: phases are those but shrinking.
@pytest.mark.slow
@example_settings(10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(SEVERAL)
def test_paths_equal_the_closure(several: list[Estate]) -> None:
    with TemporaryDirectory() as folder, asked(several, Path(folder)) as con:
        paths = placed(several, {arn for (arn,) in con.execute(PATHS).fetchall()})
        admins = placed(several, {arn for (arn,) in con.execute(ADMINS).fetchall()})
    wrong = []
    for one, found, direct in zip(several, paths, admins, strict=True):
        assert direct == {arn for arn, who in one.identities.items() if one.is_administrator(who)}, str(one)
        wanted = {arn for arn in one.identities.keys() - direct if reaches_administrator(one, arn)}
        if found != wanted:
            wrong.append(f"missing: {sorted(wanted - found)}, too many: {sorted(found - wanted)}, of\n{one}")
    assert not wrong, "\n\n".join(wrong)


def judged(con: duckdb.DuckDBPyConnection, questions: list[tuple[str, str]], trust: bool) -> Judged:
    """Evaluate the questions for every principal."""
    values = {"questions": [{"action": action, "resource": resource} for action, resource in questions], "trust": trust}
    return {tuple(key): verdict for *key, verdict in con.execute(JUDGED, values).fetchall()}


@pytest.mark.slow
@example_settings(4)
@given(st.lists(estates(), min_size=1, max_size=3))
def test_closure_evaluates_as_can_does(several: list[Estate]) -> None:
    with TemporaryDirectory() as folder, asked(several, Path(folder)) as con:
        for place, one in enumerate(several):
            roles = [who for who in one.identities.values() if who.kind == "role"]
            arns = ["*", *one.identities, *one.groups, *one.policies]
            questions = [(action, renamed(arn, place)) for action, arn in product(EVERY_ACTION, arns)]
            found = judged(con, questions, trust=False)
            assumes = judged(con, [("sts:AssumeRole", renamed(who.arn, place)) for who in roles], trust=True)
            for who in one.identities.values():
                caller = renamed(who.arn, place)
                for action, arn in product(EVERY_ACTION, arns):
                    if arn != "*" and arn.split(":")[4] != who.account:
                        continue  # IAM acts on the caller's own account alone
                    certain = found[caller, action, renamed(arn, place)] in ("certain", "conditional")
                    assert certain == one.allowed(who, action, arn), (who, action, arn, one)
                for role in roles:
                    if role.arn != who.arn:
                        verdict = assumes[caller, "sts:AssumeRole", renamed(role.arn, place)]
                        assert (verdict == "certain") == one.may_assume(who, role), (who, role, verdict, one)
