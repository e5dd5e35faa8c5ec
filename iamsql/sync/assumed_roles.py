"""What a sync says about the roles by which it entered accounts: administrators' roles, and refused session policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from iamsql.aws.errors import POLICY_REFUSED
from iamsql.runfile.build import AccountResult
from iamsql.sync.coverage import ENTRY

# Control Tower and Organizations give these roles AdministratorAccess in each account that they make (AWS Control Tower User
# Guide, "AWSControlTowerExecution"; AWS Organizations User Guide, "Accessing member accounts").
ADMINISTRATORS = ("AWSControlTowerExecution", "OrganizationAccountAccessRole")


def administrator_notes(roles: Iterable[str], *, limited: bool) -> list[str]:
    """Return the sentence that names administrators' roles with the number of accounts; `limited` by a session policy."""
    names = (role.rpartition("/")[2] for role in roles)
    counts = Counter(name for name in names if name in ADMINISTRATORS)
    if not counts:
        return []
    used = ", ".join(f"{name} in {_accounts(counts[name])}" for name in ADMINISTRATORS if counts[name])
    bound = (
        "a session policy limited each session to the calls of this sync"
        if limited
        else "--no-session-policy left each session every permission of an administrator"
    )
    return [
        f"Administrators' roles were assumed: {used}; {bound}. For a role that can only read, see: iamsql role --help"
    ]


def refused_notes(visits: Sequence[AccountResult]) -> list[str]:
    """Return the sentence that says what to do where AWS refused the session policy."""
    rows = [row for visit in visits for row in visit.coverage if row.operation == ENTRY.operation]
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
