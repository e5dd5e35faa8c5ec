"""`iamsql policy` prints a valid policy on stdout, and everything else on stderr."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.api.policies import MANAGED_POLICY_SIZE, Narrowed, size
from iamsql.api.policies.used_permissions import NarrowedPolicy
from iamsql.cli import main
from iamsql.cli.policy import _notes
from tests.tables.permissions.policy_builders import allow, deny
from tests.tables.permissions.use_runs import call, daily, identity, make_use_run, organization, user

MANY = [f"arn:aws:s3:::{'b' * 50}{number}/*" for number in range(200)]
NAME = "\x1b[31m=cmd|'<script>"
USERS = (
    user("ana", {"Version": "2012-10-17", "Statement": [allow(["s3:*", "iam:PassRole"])]}),
    user("large", {"Version": "2012-10-17", "Statement": [allow("s3:*", MANY)]}),
    user(NAME, {"Version": "2012-10-17", "Statement": [allow("s3:*", "arn:aws:s3:::\x1b[31m")]}),
)
EVENTS = (*daily(), *(call("s3", "GetObject", identity(name)) for name in ("ana", "large", NAME)))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a run file."""
    return make_use_run(tmp_path_factory.mktemp("policy") / "run.duckdb", USERS, EVENTS)


def run(path: Path, *arguments: str) -> Result:
    """Run the command over the file."""
    return CliRunner().invoke(main, ["policy", *arguments, "--run", str(path)])


def test_stdout_is_the_policy_and_stderr_says_what_is_kept_and_removed(path: Path) -> None:
    result = run(path, "ana")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["Statement"] == [allow(["iam:PassRole", "s3:GetObject", "s3:GetObjectVersion"])]
    assert "Events from 2026-03-01 00:00 to 2026-03-04 00:00 UTC." in result.stderr
    assert "Kept, cannot be seen (CloudTrail records no event for iam:PassRole): iam:PassRole." in result.stderr
    assert "It replaces: inline policy p1." in result.stderr
    assert run(path, "ana", "--quiet").stderr == ""


@pytest.mark.slow
def test_text_lists_each_action_with_its_use(path: Path) -> None:
    lines = run(path, "ana", "--output", "text").stdout.splitlines()
    assert "  + s3:GetObject: used" in lines and "  - s3:CreateBucket: not seen" in lines
    assert "  + iam:PassRole: cannot be seen (CloudTrail records no event for iam:PassRole)" in lines


@pytest.mark.slow
def test_documents_that_do_not_fit_into_one_are_further_files(path: Path, tmp_path: Path) -> None:
    result = run(path, "large", "--export", str(tmp_path / "policy.json"))
    assert (result.exit_code, result.stdout) == (0, "")
    written = sorted(file.name for file in tmp_path.iterdir())
    assert written == ["policy-2.json", "policy-3.json", "policy.json"]
    documents = [json.loads((tmp_path / name).read_text()) for name in written]
    assert all(size(document) <= MANAGED_POLICY_SIZE for document in documents)
    resources = {resource for document in documents for item in document["Statement"] for resource in item["Resource"]}
    assert resources == set(MANY)
    assert "3 documents, because a managed policy has at most 6,144 characters.\n" in result.stderr


@pytest.mark.slow
def test_blocked_actions_are_removed_unless_they_are_kept(tmp_path: Path) -> None:
    guard = {"Version": "2012-10-17", "Statement": [allow(), deny(["s3:GetObject", "s3:ListBucket", "iam:PassRole"])]}
    foreign = {"Version": "2012-10-17", "Statement": [deny("s3:GetObjectVersion")]}
    full = {"Version": "2012-10-17", "Statement": [allow()]}
    policies = organization(("sr", "full", full), ("su", "guard", guard), ("sa", "own", full), ("rr", "rcp", foreign))
    file = make_use_run(tmp_path / "run.duckdb", USERS[:1], EVENTS[:4], **policies)
    result = run(file, "ana", "--days", "3")
    actions = json.loads(result.stdout)["Statement"][0]["Action"]
    assert {"s3:GetObject", "s3:GetObjectVersion"} <= set(actions) and not {"s3:ListBucket", "iam:PassRole"} & set(
        actions
    )
    deny_text = "Denied (an explicit deny in a service control policy)"
    assert f"{deny_text}, removed: iam:PassRole, s3:ListBucket." in result.stderr
    assert f"{deny_text}, kept, because of their use in the period: s3:GetObject." in result.stderr
    assert "kept, because it does not protect resources of other organizations: s3:GetObjectVersion." in result.stderr
    with_denied = run(file, "ana", "--days", "3", "--keep-denied")
    assert {"s3:ListBucket", "iam:PassRole"} <= set(json.loads(with_denied.stdout)["Statement"][0]["Action"])
    assert f"{deny_text}, kept: iam:PassRole, s3:ListBucket." in with_denied.stderr


@pytest.mark.slow
def test_hostile_names_control_no_terminal(path: Path) -> None:
    result = run(path, NAME)
    assert result.exit_code == 0 and "\x1b" not in result.stdout + result.stderr
    assert json.loads(result.stdout)["Statement"][0]["Resource"] == "arn:aws:s3:::\x1b[31m"
    assert "\x1b" not in run(path, NAME, "--output", "text").stdout


@pytest.mark.slow
def test_an_unknown_principal_is_an_error(path: Path) -> None:
    result = run(path, "nobody")
    assert (result.exit_code, result.stdout) == (2, "") and result.stderr.startswith(
        "Error: 'nobody' is not a user or role of this run."
    )


def narrowed(number: int, other: int | None, *, is_wider: bool = False) -> NarrowedPolicy:
    """Return a policy of some documents, which has `other` documents in its other form."""
    window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    documents = [{"Statement": []}] * number
    nothing = ((), frozenset(), ("inline policy p",), (), window, (), 0, (), (), "run")
    return NarrowedPolicy("arn:aws:iam::111122223333:user/ana", documents, *nothing, other, is_wider)


@pytest.mark.parametrize(
    ("policy", "used_services", "lines"),
    [
        (narrowed(1, None), False, []),
        (narrowed(2, 48), False, ["2 documents, because a managed policy has at most 6,144 characters."]),
        (narrowed(3, 2), False, ["3 documents, because", " With --used-services, there are 2."]),
        (narrowed(3, 4), True, ["3 documents, because a managed policy has at most 6,144 characters."]),
        (narrowed(2, 48, is_wider=True), True, ["Without them, the policy has 48 documents", "2 documents, because"]),
        (narrowed(11, 12), False, ["11 documents", "A user or role takes 10 managed policies, unless"]),
    ],
)
def test_hints_about_the_number_of_documents_are_true(
    policy: NarrowedPolicy, used_services: bool, lines: list[str]
) -> None:
    notes = [line for line in _notes(policy, used_services) if "document" in line or "takes" in line]
    assert all(part in "\n".join(notes) for part in lines)
    assert ("--used-services, there" in "\n".join(notes)) == any("there are" in line for line in lines)
    assert bool(notes) == bool(lines)


def test_the_wider_form_is_taken_if_the_other_needs_more_policies_than_a_role_takes() -> None:
    short, long, longer = (Narrowed([{}] * number, [], frozenset()) for number in (2, 11, 12))
    assert long.is_too_long(short) and not long.is_too_long(longer)
    assert not short.is_too_long(Narrowed([{}], [], frozenset()))
