"""Find access keys, accounts and the names of users in a run."""

from __future__ import annotations

import re
from collections.abc import Sequence

from iamsql.escaping import printable
from iamsql.query.arguments.lookup import Lookup, incomplete_note
from iamsql.query.arguments.near import similar_names
from iamsql.query.arguments.problems import ArgumentError, shortened_list

KEY_ID_PATTERN = re.compile(r"[A-Z0-9]{16,128}")
ACCOUNT_ID_PATTERN = re.compile(r"[0-9]{12}")
OTHER_IAM_ARN_PATTERN = re.compile(r"arn:[^:]*:iam::[0-9]{12}:(?!user/)")
HAS_KEY_DATA_SQL = (
    "select exists (select 1 from aws_iam_access_key as k), exists (select 1 from aws_cloudtrail_event as e)"
)
KEY_EXISTS_SQL = """
select
    exists (select 1 from aws_iam_access_key as k where k.access_key_id = $key)
    or exists (select 1 from aws_cloudtrail_event as e where e.access_key_id = $key or e.about_key_id = $key)
"""
SIMILAR_KEYS_SQL = """
select k.access_key_id from (
    select a.access_key_id from aws_iam_access_key as a
    union select e.access_key_id from aws_cloudtrail_event as e
    union select e.about_key_id from aws_cloudtrail_event as e
) as k
where k.access_key_id is not null and abs(len(k.access_key_id) - len($key)) <= 2 and levenshtein(k.access_key_id, $key) <= 3
order by levenshtein(k.access_key_id, $key), k.access_key_id limit 3
"""
ACCOUNTS_SQL = "select a.account_id, a.name from iamsql.accounts as a order by all"
USER_NAME_EXISTS_SQL = """
select
    exists (
        select 1 from aws_cloudtrail_event as e
        where e.username = $name
            or (e.event_source = 'iam.amazonaws.com' and (e.target = $name or split_part(e.target, '/', -1) = $name))
    )
    or exists (select 1 from aws_iam_principal as p where p.name = $name)
"""
HAS_EVENTS_SQL = "select 1 from aws_cloudtrail_event limit 1"
SIMILAR_USER_NAMES_SQL = """
select n.name from (
    select p.name from aws_iam_principal as p union select e.username from aws_cloudtrail_event as e
) as n
where jaro_winkler_similarity(lower(n.name), lower($name)) >= 0.9
order by jaro_winkler_similarity(lower(n.name), lower($name)) desc, n.name limit 3
"""
MAX_COMPARED_CHARACTERS = 200


def checked_access_key(lookup: Lookup, text: str) -> tuple[str, str]:
    """Return the ID of an access key in capitals, and a note about a key that the run does not contain, or ''.

    Raise ArgumentError for text of another form, for a key that resembles one of the run, and for a key that a complete
    run would contain.
    """
    key = text.strip().upper()
    if not KEY_ID_PATTERN.fullmatch(key):
        raise ArgumentError(text, "is not the ID of an access key, which begins with AKIA or ASIA")
    if lookup(KEY_EXISTS_SQL, {"key": key})[0][0] or not any(lookup(HAS_KEY_DATA_SQL, {})[0]):
        return key, ""
    similar_keys = [str(row[0]) for row in lookup(SIMILAR_KEYS_SQL, {"key": key})]
    note = "" if similar_keys else incomplete_note(lookup, f"Access key {key}")
    if note:
        return key, note
    raise ArgumentError(key, "is not an access key of this run", similar_keys)


def checked_user_name(lookup: Lookup, text: str) -> tuple[str, str]:
    """Return the name of an IAM user or role session, from a name or an ARN, and a note as for access keys.

    Raise ArgumentError for a name that resembles one of the run, and for a name that a complete run would contain.
    """
    if OTHER_IAM_ARN_PATTERN.match(text.strip()):
        raise ArgumentError(text, "is not the ARN of a user or session")
    name = text.strip().rpartition("/")[2] if re.match(r"arn:|user/", text.strip()) else text.strip()
    if not name:
        raise ArgumentError(text, "is not the name of a user")
    if lookup(USER_NAME_EXISTS_SQL, {"name": name})[0][0] or not lookup(HAS_EVENTS_SQL, {}):
        return name, ""
    similar_users = (
        [str(row[0]) for row in lookup(SIMILAR_USER_NAMES_SQL, {"name": name})]
        if len(name) <= MAX_COMPARED_CHARACTERS
        else []
    )
    note = "" if similar_users else incomplete_note(lookup, f"User {printable(name[:MAX_COMPARED_CHARACTERS])}")
    if note:
        return name, note
    raise ArgumentError(name, "is not the name of a user or session of this run", similar_users)


def checked_accounts(lookup: Lookup | None, texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the IDs of accounts, from IDs and unique names, and notes about IDs that are not in the run.

    Without `lookup`, only the form of IDs is checked. Raise ArgumentError for a name that no account or several accounts have.
    """
    rows = [(str(account), str(name or "")) for account, name in lookup(ACCOUNTS_SQL, {})] if lookup else []
    ids, notes = {account for account, _ in rows}, []
    checked_ids = []
    for text in (text.strip() for text in texts):
        matching_ids = [account for account, name in rows if name.lower() == text.lower()]
        if ACCOUNT_ID_PATTERN.fullmatch(text):
            checked_ids.append(text)
            notes += [f"Account {text} is not in this run."] if rows and text not in ids else []
        elif len(matching_ids) == 1:
            checked_ids += matching_ids
        elif matching_ids:
            raise ArgumentError(text, f"is the name of {len(matching_ids)} accounts: {shortened_list(matching_ids)}")
        else:
            similar_accounts = similar_names(text, [*(name for _, name in rows), *ids])
            raise ArgumentError(text, "is not the ID of 12 digits or the name of an account", similar_accounts)
    return checked_ids, notes
