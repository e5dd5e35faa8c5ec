"""Each question about the shared estates has the expected verdict in the run that was imported from their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamsql.importer.run import import_files
from tests.conftest import connect_run
from tests.permissions import estate
from tests.tiers import slow_after, slow_but_every

QUESTIONS = estate.ESTATES.parent / "questions"
pytestmark = pytest.mark.skipif(not QUESTIONS.is_dir(), reason="the shared data is not here")
JUDGED = """
select j.principal, j.action, j.resource, j.verdict, j.reasons, j.not_considered
from iam_principal_evaluation($questions::struct("action" varchar, resource varchar)[], null, true, $trust::boolean, false) as j
"""
ONE = {
    "can": "select verdict from can(principal := $principal, action := $action, resource := $resource)",
    "assume": "select verdict from who_can_assume(role := $resource, everyone := $action <> '') where principal = $principal",
}


@pytest.fixture(scope="module", params=slow_but_every(4, estate.names()))
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[estate.Item]]:
    """Return the run of an estate, and its questions."""
    folder = tmp_path_factory.mktemp(request.param)
    brought = import_files([estate.dumped(estate.read(request.param), folder / "dumps")], None, folder / "runs")
    assert brought.path
    return brought.path, json.loads((QUESTIONS / f"{request.param}.json").read_text(encoding="utf-8"))


def test_verdicts_and_reasons(asked: tuple[Path, list[estate.Item]]) -> None:
    path, questions = asked
    judged = {}
    with connect_run(path) as con:
        for kind in ("can", "assume"):
            listed = {(one["action"], one["resource"]) for one in questions if one["kind"] == kind}
            values = {"questions": [{"action": a, "resource": r} for a, r in sorted(listed)], "trust": kind == "assume"}
            for principal, action, resource, *answer in con.execute(JUDGED, values).fetchall():
                judged[kind, principal, action, resource] = answer
    keys = [(one["kind"], one["principal"], one["action"], one["resource"]) for one in questions]
    wrong = [(one, judged[key]) for one, key in zip(questions, keys, strict=True) if judged[key][0] != one["verdict"]]
    assert not wrong
    assert not [
        judged[key] for key in keys if judged[key][2] and "session tags" not in judged[key][2]
    ]  # all documents are here
    for one, key in zip(questions, keys, strict=True):
        found, wanted = {word.lower() for word in judged[key][1]}, {word.lower() for word in one["why"]}
        # of what blocks in every request, that which does so without regard to conditions is named first
        assert found == wanted or (one["verdict"] == "blocked" and found and found <= wanted), (one, judged[key])


@pytest.mark.slow
@pytest.mark.parametrize("every", slow_after(1, [45, 9]))
def test_macros_of_the_run_agree(asked: tuple[Path, list[estate.Item]], every: int) -> None:
    """Ask one in `every` questions, as a single question takes longer than all at once."""
    path, questions = asked
    with connect_run(path) as con:
        for one in questions[::every]:
            values = {name: one[name] for name in ("principal", "action", "resource")}
            assert con.execute(ONE[one["kind"]], values).fetchall() == [(one["verdict"],)], one
