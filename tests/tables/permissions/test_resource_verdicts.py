"""Each question about the shared organizations with resources has the expected verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates
from tests.tables.permissions.resource_estates import Item
from tests.tiers import slow_after

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not resource_estates.QUESTIONS.is_dir(), reason="the shared data is not here"),
]
WHO_CAN = "select principal, verdict from who_can(action := $action, resource := $resource)"
# One question for each resource, to every user and role alone.
EACH = """
select j.principal, j.verdict
from iam_evaluation(
    [iam_question($action, $resource)], (select list(iam_subject(p.principal_arn)) from aws_iam_principal as p), true,
    (select list(r.item) from iam_known_resources([$resource]) as r)
) as j
where j.verdict <> 'denied'
"""


@pytest.fixture(scope="module", params=slow_after(0, resource_estates.names()))
def run_and_questions(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Item]]:
    run = resource_estates.imported_estate(request.param, tmp_path_factory.mktemp(request.param))
    return run, resource_estates.questions_of(request.param)


def test_verdicts(run_and_questions: tuple[Path, list[Item]]) -> None:
    path, questions = run_and_questions
    with reading(path) as con:
        answers = resource_estates.evaluate(con, questions)
    wrong = [
        (question, answer)
        for question, answer in zip(questions, answers, strict=True)
        if answer[0] != question["verdict"]
    ]
    assert not wrong


def test_can_gives_the_same_verdicts(run_and_questions: tuple[Path, list[Item]]) -> None:
    path, questions = run_and_questions
    with reading(path) as con:
        for question in questions[::9]:
            assert resource_estates.can(con, question)[0] == question["verdict"], question


def test_who_can_has_the_verdict_of_each_principal(run_and_questions: tuple[Path, list[Item]]) -> None:
    """Principals of a class are evaluated once, and each of them has that verdict."""
    path, questions = run_and_questions
    with reading(path) as con:
        for question in questions[::12]:
            values = {"action": question["action"], "resource": question["resource"]}
            each = dict(con.execute(EACH, values).fetchall())
            verdicts = dict(con.execute(WHO_CAN, values).fetchall())
            assert {name: verdict for name, verdict in verdicts.items() if name in each or ":user/" in name} == each, (
                values
            )
