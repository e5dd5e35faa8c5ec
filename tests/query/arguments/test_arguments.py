"""Principals, keys and accounts in arguments are compared with the run before a query answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from iamsql import catalog
from iamsql.model import IamsqlError, Query
from iamsql.query.arguments import checked_arguments
from iamsql.runs.store.reader import Reader, open_run
from tests.conftest import sample_run

DEPLOY = "arn:aws:iam::666677778888:user/ci/deploy"
QUERIES = catalog.load([catalog.shipped_folder()])


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with closing(open_run(sample_run())) as opened:
        yield opened


def checked(reader: Reader, name: str, args: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    query: Query = QUERIES[name][-1]
    return checked_arguments(reader, query, catalog.bind(query, args))


@pytest.mark.parametrize("text", [DEPLOY, "user/ci/deploy", "user/deploy"])
def test_each_form_of_a_user_becomes_its_arn(reader: Reader, text: str) -> None:
    values, notes = checked(reader, "can", {"principal": text, "action": "iam:PassRole"})
    assert (values["principal"], notes) == (DEPLOY, [])


@pytest.mark.parametrize(
    "text",
    [
        "lambda.amazonaws.com",
        "*",
        "111122223333",
        "arn:aws:iam::666677778888:root",
        "arn:aws:iam::999999999999:user/outside",  # not in the organization
        "arn:aws:iam::999900001111:user/unread",  # an account that could not be read
        "arn:aws:iam::111122223333:saml-provider/x",
        "arn:aws:sts::666677778888:federated-user/x",
    ],
)
def test_other_callers_and_unread_accounts_stay(reader: Reader, text: str) -> None:
    assert checked(reader, "can", {"principal": text, "action": "iam:PassRole"})[0]["principal"] == text


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("can", {"principal": "user/ci/deployy", "action": "iam:PassRole"}, f"did you mean {DEPLOY}?"),
        ("can", {"principal": f"{DEPLOY}y", "action": "iam:PassRole"}, f"did you mean {DEPLOY}?"),
        ("can", {"principal": DEPLOY, "action": "CreateUser"}, "did you mean iam:CreateUser?"),
        ("can", {"principal": DEPLOY, "action": "iam:PassRole", "resource": "mybucket"}, "did you mean arn:aws:s3:::mybucket?"),
        ("can", {"principal": "%", "action": "iam:PassRole"}, "is not a user or role of this run"),
        ("can", {"principal": "x'; drop table y --\n\x00\x1b", "action": "iam:PassRole"}, "is not a user or role of this run"),
        ("can", {"principal": "x" * 1_000_000, "action": "iam:PassRole"}, "is not a user or role of this run"),
        ("can", {"principal": "", "action": "iam:PassRole"}, "is not an ARN, user/NAME"),
        ("who_can", {"action": "iam:PasRole"}, "did you mean iam:PassRole?"),
        ("who_can_assume", {"role": "operations"}, "is the name of 12 roles: arn:aws:iam::012345678901:role/operations, "),
        ("who_can_assume", {"role": DEPLOY}, "is not a role"),
        ("key_history", {"access_key_id": "AKIAC4JNQYUPGS2UKPFX"}, "did you mean AKIAC4JNQYUPGS2UKPFM?"),
        ("key_history", {"access_key_id": "ledger"}, "is not the ID of an access key"),
        ("user_history", {"user_name": "svc-backp"}, "did you mean svc-backup?"),
        ("user_history", {"user_name": "svc-backup", "account": "payments-pro"}, "did you mean payments-prod"),
        ("cloudtrail_events", {"names": "CreateUsr"}, "did you mean CreateUser"),
        ("can", {"principal": "arn:aws-cn:iam::666677778888:root", "action": "iam:PassRole"}, "not in the partition"),
        ("can", {"principal": "arn:aws-cn:sts::666677778888:assumed-role/o/x", "action": "iam:PassRole"}, "not in the partition"),
        ("can", {"principal": "arn:aws:sts::666677778888:selfish", "action": "iam:PassRole"}, "is not the ARN of a user or role"),
        ("can", {"principal": "\uff11" * 12, "action": "iam:PassRole"}, "is not a user or role of this run"),
        ("user_history", {"user_name": "arn:aws:iam::666677778888:role/operations"}, "is not the ARN of a user or session"),
        ("user_history", {"user_name": DEPLOY, "account": "555566667777"}, "is not the account of the ARN, 666677778888"),
        ("cloudtrail_events", {"names": ",".join(f"Zqxj{number}Wvk" for number in range(400))}, "is one of more than 10 names"),
        ("can_all", {"questions": '[{"principal": "*", "action": "Nothing"}]'}, "can_all: questions 'Nothing' is not an action"),
        ("who_can_all", {"requests": '[{"action": "iam:CreateUsr"}]'}, "did you mean iam:CreateUser"),
        ("who_can_all", {"requests": '[{"resource": "*"}]'}, 'must be an object such as {"action": "iam:CreateUser"'),
        ("who_can_all", {"requests": '[{"principal": "*", "action": "iam:CreateUser"}]'}, "must be an object such as"),
        ("who_can_assume_all", {"roles": '["arn:aws:iam::666677778888:user/ci/deploy"]'}, "is not a role"),
        ("who_can_assume_all", {"roles": '["role/operatons"]'}, "did you mean"),
        ("who_can_assume_all", {"roles": '{"role": 1}'}, "is not a JSON list of roles"),
        ("who_can_assume_all", {"roles": "[1]"}, "is not a JSON list of roles"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_an_error_with_near_values(
    reader: Reader, name: str, args: dict[str, str], message: str
) -> None:
    with pytest.raises(IamsqlError) as caught:
        checked(reader, name, args)
    text = str(caught.value)
    assert message in text and text.count("\n") <= 1 and len(text) < 1500 and "\x1b" not in text


def test_a_deleted_user_is_known_to_queries_about_events_only(reader: Reader) -> None:
    deleted = "arn:aws:iam::555566667777:user/svc-backup"
    assert checked(reader, "principal_report", {"principal": "svc-backup"})[0]["principal"] == deleted
    with pytest.raises(IamsqlError, match="is not a user"):
        checked(reader, "can", {"principal": deleted, "action": "iam:PassRole"})


def test_an_unknown_key_has_a_note_where_data_is_missing(reader: Reader) -> None:
    _, notes = checked(reader, "key_history", {"access_key_id": "AKIAZZZZZZZZZZZZZZZZ"})
    assert len(notes) == 1 and "accounts were not read with all events" in notes[0]


def test_accounts_are_ids_or_names(reader: Reader) -> None:
    values, _ = checked(reader, "cloudtrail_events", {"accounts": "payments-prod, 111122223333"})
    assert values["accounts"] == "555566667777,111122223333"


def test_the_arn_of_a_user_gives_the_account_of_a_history(reader: Reader) -> None:
    values, _ = checked(reader, "user_history", {"user_name": DEPLOY})
    assert (values["user_name"], values["account"]) == ("deploy", DEPLOY.split(":")[4])
    values, _ = checked(reader, "user_history", {"user_name": DEPLOY, "account": "666677778888"})
    assert values["account"] == "666677778888"


@pytest.mark.parametrize(
    "questions", ["[" * 50_000, '[{"principal": "\\ud800", "action": "iam:CreateUser"}]', "x" * 1_000_000]
)
def test_json_that_cannot_be_read_is_an_error_of_the_argument(reader: Reader, questions: str) -> None:
    with pytest.raises(IamsqlError, match="questions must be JSON") as caught:
        checked(reader, "can_all", {"questions": questions})
    assert len(str(caught.value)) < 500
