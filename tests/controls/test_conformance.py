"""Controls over accounts, credentials and trails return the results of the public controls of the same subject.

A difference is listed here, and the description of the control explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.runs.store.reader import Reader, open_run
from tests.controls.conformance_run import CONFORMANCE, build, expected, explains_difference
from tests.open_queries import ask

pytestmark = pytest.mark.skipif(not CONFORMANCE.exists(), reason="the conformance cases are not here")


@dataclass(frozen=True)
class Pair:
    """A public case and the control of its subject; `apart` has, by resource, the public status and the control's status."""

    case: str
    control: str
    args: dict[str, str] = field(default_factory=dict)
    apart: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


ROOTS = ("012345678901", "111122223333", "123456789012", "123456789123", "444455556666")
WITHOUT_MFA = ("012345678901", "123456789123")
TRAIL = "arn:aws:cloudtrail:us-east-1:{0}:trail/org-trail"
GOV = "arn:aws:cloudtrail:us-gov-west-1:222233334444:trail/gov-org-trail"  # its home region was not read
USER = "arn:aws:iam::{0}:user/{1}"
KEYS_APART = {
    # Two active keys and a path, which the public control does not find in the key.
    USER.format("123456789012", "steampipe"): ("ok", "alarm"),
    USER.format("123456789123", "nina"): ("ok", "alarm"),
    USER.format("444455556666", "ci-deploy"): ("ok", "alarm"),
    USER.format("444455556666", "trent"): ("ok", "alarm"),
    # Inactive keys alone.
    USER.format("012345678901", "judy"): (None, "ok"),
    USER.format("123456789123", "bob"): (None, "ok"),
    USER.format("123456789123", "judy"): (None, "ok"),
    USER.format("444455556666", "bob"): (None, "ok"),
}


def root(account_id: str) -> str:
    """Return the ARN of a root user."""
    return f"arn:aws:iam::{account_id}:root"


PAIRS: tuple[Pair, ...] = (
    Pair(
        "account__account_alternate_contact_security_registered",
        "account_security_contact",
        apart={"arn:aws:::222233334444": ("info", "alarm")},
    ),
    Pair(
        "cloudtrail__cloudtrail_multi_region_read_write_enabled",
        "trail_read_write",
        apart={"arn:aws:::012345678901": ("ok", "error"), "arn:aws:::123456789123": ("alarm", "error")},
    ),
    Pair(
        "cloudtrail__cloudtrail_multi_region_trail_enabled",
        "trail_multi_region",
        apart={"arn:aws:::123456789123": ("info", "error")},
    ),
    Pair(
        "cloudtrail__cloudtrail_security_trail_enabled",
        "trail_complete",
        apart={
            TRAIL.format("012345678901"): ("ok", "error"),
            TRAIL.format("123456789123"): ("ok", "error"),
            "arn:aws:cloudtrail:us-west-2:012345678901:trail/dev-data": ("ok", "alarm"),
        },
    ),
    Pair(
        "cloudtrail__cloudtrail_trail_insight_selectors_and_logging_enabled",
        "trail_insights",
        apart={GOV: (None, "alarm")},
    ),
    Pair("cloudtrail__cloudtrail_trail_integrated_with_logs", "trail_to_logs", apart={GOV: (None, "ok")}),
    Pair("cloudtrail__cloudtrail_trail_logs_encrypted_with_kms_cmk", "trail_encrypted", apart={GOV: (None, "ok")}),
    Pair("cloudtrail__cloudtrail_trail_validation_enabled", "trail_validation", apart={GOV: (None, "ok")}),
    Pair("iam__iam_account_password_policy_one_lowercase_letter", "password_lowercase"),
    Pair("iam__iam_account_password_policy_one_number", "password_number"),
    Pair("iam__iam_account_password_policy_one_symbol", "password_symbol"),
    Pair("iam__iam_account_password_policy_reuse_24", "password_reuse"),
    Pair("iam__iam_password_policy_expire_90", "password_expiry"),
    Pair(
        "iam__iam_root_last_used",
        "root_last_used",
        apart={root("123456789123"): ("alarm", "ok"), root("222233334444"): (None, "error")},
    ),
    Pair("iam__iam_user_access_key_age_365", "access_key_rotated", {"days": "365", "inactive": "true"}),
    Pair("iam__iam_user_access_key_age_90", "access_key_rotated"),
    Pair(
        "iam__iam_user_mfa_enabled",
        "user_mfa",
        apart={root(account): ("alarm" if account in WITHOUT_MFA else "ok", None) for account in ROOTS},
    ),
    Pair("iam__iam_user_one_active_key", "user_one_active_key", apart=KEYS_APART),
    Pair(
        "iam__iam_user_unused_credentials_90",
        "user_unused_credentials",
        {"days": "90"},
        apart={root(account): ("info", None) for account in ROOTS},
    ),
    Pair("manual_control__manual_control", "account_security_questions"),
)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Return an open run file of the cases."""
    path = tmp_path_factory.mktemp("estate") / "estate.duckdb"
    build(path)
    with open_run(path) as reader:
        yield reader


def resource_key(resource: str, account_id: str) -> str:
    """Return a name of the resource that both controls have: without partition and path; an account by its ID."""
    plain = re.sub(r"^arn:aws[a-z-]*:", "arn:aws:", resource)
    user, mark, key = plain.partition("/accesskey/")
    plain = re.sub(r":user/(?:.+/)?", ":user/", user) + mark + key
    return plain if plain.startswith("arn:aws:") else f"arn:aws:::{account_id}"


def our_results(reader: Reader, pair: Pair) -> dict[str, str]:
    """Evaluate our control over the cases; an access key has the name of its user."""
    result = ask(reader, catalog.load_query([catalog.shipped_folder()], pair.control), pair.args).result
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    keyed = {True: "/accesskey/{access_key_id}", False: ""}
    return {
        resource_key(row["resource"] + keyed["access_key_id" in row].format(**row), row["account_id"]): row["status"]
        for row in rows
    }


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.case)
def test_a_control_has_the_results_of_the_public_control(pair: Pair, estate: Reader) -> None:
    theirs = {resource_key(row["resource"], row["account_id"]): row["status"] for row in expected(pair.case)}
    ours = our_results(estate, pair)
    apart = {
        name: (theirs.get(name), ours.get(name))
        for name in sorted(theirs.keys() | ours.keys())
        if theirs.get(name) != ours.get(name)
    }
    assert apart == pair.apart
    assert not apart or explains_difference(catalog.load_query([catalog.shipped_folder()], pair.control))


def test_each_pair_has_a_case() -> None:
    assert all(Path(CONFORMANCE, "cases", f"comp__{pair.case}.sql").exists() for pair in PAIRS)
