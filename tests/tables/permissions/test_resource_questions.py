"""The questions of resource_questions.csv, whose verdicts are from the page of AWS's documentation that each row names."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import reading
from tests.tables.permissions import resource_estates, sample_resources
from tests.tables.permissions.policy_builders import MEMBER
from tests.tiers import slow_but_every

QUESTIONS = Path(__file__).with_name("resource_questions.csv")

NEWER = "sts:GetScopedCredentials"  # an action that the shipped list lacks: ! asks about it all the same
PROVIDER = "login.example.com"  # the name of an OIDC provider, which `can` does not take as a principal


def rows() -> list[dict[str, str]]:
    """Return the rows of the file."""
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resource_estates.run_with_resources(
        sample_resources.organization(), sample_resources.resources(), tmp_path_factory.mktemp("resources")
    )


@pytest.mark.slow
def test_verdicts(run: Path) -> None:
    csv_rows = rows()
    assert len(csv_rows) >= 100 and all(row["page"] for row in csv_rows)
    with reading(run) as con:
        answers = resource_estates.evaluate(con, [sample_resources.question_of(row) for row in csv_rows])
    wrong = [
        (*(value for value in row.values() if value), answer)
        for row, answer in zip(csv_rows, answers, strict=True)
        if answer[0] != row["verdict"] or not re.search(row["why"], answer[1] or "")
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("index", slow_but_every(80, range(0, len(rows()), 2)))
def test_can_gives_the_same_answer(run: Path, index: int) -> None:
    row = rows()[index]
    with reading(run) as con:
        if row["principal"] == PROVIDER:
            with pytest.raises(duckdb.InvalidInputException, match="is not the ARN of a user, role or other caller"):
                resource_estates.can(con, sample_resources.question_of(row))
            return
        question = sample_resources.question_of(row)
        if row["action"] == NEWER:
            question["action"] += "!"
        assert resource_estates.can(con, question)[0] == row["verdict"], row


@pytest.mark.slow
def test_can_all_gives_the_same_answers(run: Path) -> None:
    csv_rows = [
        row
        for row in rows()
        if not row["more"] and ":session/" not in row["principal"] and row["principal"] != PROVIDER
    ]
    questions = [sample_resources.question_of(row) for row in csv_rows]
    for question in questions:
        question["action"] += "!" if question["action"] == NEWER else ""
    with reading(run) as con:
        result = con.execute(
            "select verdict from can_all(questions := $questions)", {"questions": json.dumps(questions)}
        )
        assert [verdict for (verdict,) in result.fetchall()] == [row["verdict"] for row in csv_rows]


def test_who_can_all_lists_the_principals_that_can_all_does_not_deny(run: Path) -> None:
    """Among them principals without an Allow in the account of a resource whose policy was not read: it may allow them."""
    # Everyone can make an unsigned call: only principals with an Allow are listed.
    unsigned, without_account = "cognito-idp:SignUp", "arn:aws:s3:::acme-nobody-knows/x"
    asked = map(sample_resources.question_of, rows())
    requests = sorted(
        {(item["action"], item["resource"]) for item in asked if item["action"] not in (NEWER, unsigned)}
        - {
            ("s3:GetObject", without_account)
        }  # any account may own this bucket: only principals with an Allow are listed
    )
    with reading(run) as con:
        principals = [arn for (arn,) in con.execute("select principal_arn from aws_iam_principal").fetchall()]
        questions = [
            {"principal": principal, "action": action, "resource": resource}
            for principal in principals
            for action, resource in requests
            if (principal, action) != (resource, "sts:AssumeRole")  # who_can does not list a role for itself
        ]
        listed = con.execute(
            "select principal, action, resource, verdict from who_can_all(requests := $1)",
            [json.dumps([{"action": action, "resource": resource} for action, resource in requests])],
        ).fetchall()
        evaluated = con.execute(
            "select principal, action, resource, verdict from can_all(questions := $1) where verdict <> 'denied'",
            [json.dumps(questions)],
        ).fetchall()
    assert {row for row in listed if row[0] in principals and (row[0], row[1]) != (row[2], "sts:AssumeRole")} == {
        *evaluated
    }
    assert {row[0].split("/")[-1] for row in evaluated if row[2].endswith(":::acme-unread/x")} >= {
        "ana",
        "tess",
        "plain",
    }


@pytest.mark.slow
def test_who_can_lists_principals_outside_the_run(run: Path) -> None:
    queue = f"arn:aws:sqs:us-east-1:{MEMBER}:from-topic"
    with reading(run) as con:
        sql = "select principal, verdict, account_id from who_can(action := $action, resource := $resource)"
        services = con.execute(sql, {"action": "sqs:SendMessage", "resource": queue}).fetchall()
        everyone = con.execute(sql, {"action": "s3:GetObject", "resource": "arn:aws:s3:::acme-public/x"}).fetchall()
    assert ("sns.amazonaws.com", "conditional", None) in services
    assert ("*", "allowed", None) in everyone


@pytest.mark.slow
@pytest.mark.parametrize(("status", "verdict"), [("ok", "denied"), ("partial", "conditional")])
def test_an_account_outside_has_no_organization_if_the_list_of_accounts_is_complete(
    run: Path, tmp_path: Path, status: str, verdict: str
) -> None:
    copy = Path(shutil.copy(run, tmp_path))
    with duckdb.connect(str(copy)) as con:
        con.execute("update iamsql.coverage set status = $1 where operation = 'ListAccounts'", [status])
        con.execute("delete from iamsql.coverage where operation = 'DescribeOrganization'")
    question = {
        "principal": f"arn:aws:iam::{sample_resources.STRANGER}:user/sam",
        "action": "sqs:SendMessage",
        "resource": f"arn:aws:sqs:us-east-1:{MEMBER}:foreign",
    }
    with reading(copy) as con:
        assert resource_estates.can(con, question)[0] == verdict
        unread = question | {"principal": "arn:aws:iam::777766665555:root"}
        assert resource_estates.can(con, unread)[0] == "conditional"
