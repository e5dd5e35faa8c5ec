"""Notes about the roles that were assumed: administrators' roles, and session policies that AWS refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from iamsql.aws.errors import POLICY_REFUSED
from iamsql.runfile.rows import AccountResult
from iamsql.sync.coverage import ASSUME_ROLE

# Control Tower and Organizations attach AdministratorAccess to these roles in the accounts that they create (AWS Control Tower User
# Guide, "AWSControlTowerExecution"; AWS Organizations User Guide, "Accessing member accounts").
ADMINISTRATORS = ("AWSControlTowerExecution", "OrganizationAccountAccessRole")


def administrator_notes(roles: Iterable[str], *, is_limited: bool) -> list[str]:
    """Return the sentence about administrators' roles and their accounts; `is_limited`: by a session policy."""
    names = (role.rpartition("/")[2] for role in roles)
    counts = Counter(name for name in names if name in ADMINISTRATORS)
    if not counts:
        return []
    used = ", ".join(f"{name} in {_accounts(counts[name])}" for name in ADMINISTRATORS if counts[name])
    limit = (
        "a session policy limited each session to the calls of this sync"
        if is_limited
        else "--no-session-policy left each session every permission of an administrator"
    )
    return [
        f"Administrators' roles were assumed: {used}; {limit}. For a role that can only read, see: iamsql role --help"
    ]


def refused_notes(results: Sequence[AccountResult]) -> list[str]:
    """Return the sentence that says what to do about session policies that AWS refused."""
    rows = [row for result in results for row in result.coverage if row.operation == ASSUME_ROLE.operation]
    refused = [row for row in rows if row.error_code in POLICY_REFUSED]
    if not refused:
        return []
    codes = ", ".join(sorted({row.error_code or "" for row in refused}))
    return [
        f"AWS refused the session policy in {_accounts(len(refused))} ({codes}). "
        "To assume the roles without one: iamsql sync --no-session-policy"
    ]


def _accounts(count: int) -> str:
    return f"{count} account{'' if count == 1 else 's'}"
