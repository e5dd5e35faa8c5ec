"""The names of events in CloudTrail: IAM actions, other API operations, and events of sign-ins."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

from iamsql.query.arguments.known_actions import action_list_date, all_actions
from iamsql.query.arguments.near import similar_names
from iamsql.query.arguments.problems import MAX_VALUE_CHARACTERS, ArgumentError

API_OPERATIONS_FILE = Path(__file__).with_name("api_operations.csv")
MIN_SIMILARITY = 0.84  # the least similarity of a misspelled name
# about: The events of sign-ins to the console, to IAM Identity Center and to AWS Builder ID, which are not API operations.
# source: AWS Sign-In User Guide and IAM Identity Center User Guide, pages about logging with AWS CloudTrail
# date: 2026-12-02
# rebuild: read the names of events in the pages
SIGN_IN_EVENTS = frozenset(
    "Authenticate CheckMfa ConsoleLogin CredentialChallenge CredentialVerification EmailUpdated ExitRole Federate "
    "GetSigninToken Logout PasswordRecoveryCompleted PasswordRecoveryRequested PasswordUpdated RenewRole SwitchRole "
    "UserAuthentication".split()
)


def checked_event(text: str, of_run: Collection[str] = ()) -> tuple[str, str]:
    """Return the name of an event in AWS's spelling, and a note about a name that is in no list, or ''.

    `of_run` are the names of events in the run. Raise ArgumentError for an unknown name that resembles a known one.
    """
    known_spellings = _spelling_by_name()
    if text in of_run:
        return text, ""
    if text.lower() in known_spellings:
        return known_spellings[text.lower()], ""
    all_spellings = {**known_spellings, **{name.lower(): name for name in of_run}}
    similar_events = [
        all_spellings[name] for name in similar_names(text.lower(), list(all_spellings), at_least=MIN_SIMILARITY)
    ]
    if similar_events or not text.isalnum() or not text.isascii():
        raise ArgumentError(text, "is not the name of an event such as CreateUser", similar_events)
    return (
        text,
        f"{text[:MAX_VALUE_CHARACTERS]} is not in iamsql's list of events of {action_list_date()}, "
        "and no event of the run has this name.",
    )


@cache
def _spelling_by_name() -> dict[str, str]:
    """Map the names of events in lower case to their spelling."""
    names = {name for _, name in all_actions()} | SIGN_IN_EVENTS
    lines = API_OPERATIONS_FILE.read_text(encoding="utf-8").splitlines()
    names.update([line for line in lines if not line.startswith("# ")][1:])
    return {name.lower(): name for name in names}
