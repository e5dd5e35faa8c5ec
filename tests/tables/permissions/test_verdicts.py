"""Each question about the shared organizations has the expected verdict in the run that was imported from their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iamsql.sync.importer.write import import_files
from tests.conftest import reading
from tests.tables.permissions import organization_dumps
from tests.tiers import slow_but_every

QUESTIONS = organization_dumps.ORGANIZATIONS.parent / "questions"
pytestmark = pytest.mark.skipif(not QUESTIONS.is_dir(), reason="the shared data is not here")
EVALUATION = """
select j.principal, j.action, j.resource, j.verdict, j.reasons, j.not_considered
from iam_principal_evaluation(
    $questions::struct("action" varchar, resource varchar)[], null, true, false, null
) as j
"""
SINGLE_QUESTION = {
    "can": "select verdict from can(principal := $principal, action := $action, resource := $resource)",
    "assume": (
        "select verdict from who_can_assume(role := $resource, include_denied := $action <> '') "
        "where principal = $principal"
    ),
}


@pytest.fixture(scope="module", params=slow_but_every(24, organization_dumps.names()))
def run_and_questions(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[organization_dumps.Item]]:
    """Return the run of a sample organization, and its questions."""
    folder = tmp_path_factory.mktemp(request.param)
    result = import_files(
        [organization_dumps.write_dumps(organization_dumps.read(request.param), folder / "dumps")],
        None,
        folder / "runs",
    )
    assert result.path
    questions = json.loads((QUESTIONS / f"{request.param}.json").read_text(encoding="utf-8"))
    return result.path, [item | {"verdict": organization_dumps.VERDICTS[item["verdict"]]} for item in questions]


def test_verdicts_and_reasons(run_and_questions: tuple[Path, list[organization_dumps.Item]]) -> None:
    path, questions = run_and_questions
    evaluated = {}
    with reading(path) as con:
        for kind in ("can", "assume"):
            requests = {
                (question["action"], question["resource"]) for question in questions if question["kind"] == kind
            }
            values = {"questions": [{"action": a, "resource": r} for a, r in sorted(requests)]}
            for principal, action, resource, *answer in con.execute(EVALUATION, values).fetchall():
                evaluated[kind, principal, action, resource] = answer
    keys = [
        (question["kind"], question["principal"], question["action"], question["resource"]) for question in questions
    ]
    wrong = [
        (question, evaluated[key])
        for question, key in zip(questions, keys, strict=True)
        if evaluated[key][0] != question["verdict"]
    ]
    assert not wrong
    assert not [
        evaluated[key] for key in keys if evaluated[key][2] and "session tags" not in evaluated[key][2]
    ]  # all documents are here
    for question, key in zip(questions, keys, strict=True):
        actual, expected = {word.lower() for word in evaluated[key][1]}, {word.lower() for word in question["why"]}
        # For a blocked request, the answer may list only the reasons that do not depend on conditions.
        assert actual == expected or (question["verdict"] == "denied" and actual and actual <= expected), (
            question,
            evaluated[key],
        )


@pytest.mark.slow
@pytest.mark.parametrize("every", [45, 9])
def test_macros_of_the_run_agree(run_and_questions: tuple[Path, list[organization_dumps.Item]], every: int) -> None:
    """Evaluate every `every`th question, because one question at a time takes longer than all of them at once."""
    path, questions = run_and_questions
    with reading(path) as con:
        for question in questions[::every]:
            values = {name: question[name] for name in ("principal", "action", "resource")}
            assert con.execute(SINGLE_QUESTION[question["kind"]], values).fetchall() == [(question["verdict"],)], (
                question
            )
