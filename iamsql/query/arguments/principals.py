"""Find the user or role that an argument names: by its ARN, by TYPE/PATH/NAME, by its name or by its unique ID."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamsql.query.arguments.lookup import ACCOUNT_WAS_READ_SQL, Lookup
from iamsql.query.arguments.problems import ArgumentError, shortened_list

USER_OR_ROLE_PATTERN = re.compile(
    r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):(?P<type>user|role)/(?P<path>.+)", re.DOTALL
)
SESSION_PATTERN = re.compile(r"arn:aws[a-z-]*:sts::(?P<account>[0-9]{12}):assumed-role/(?P<name>[^/]+)/.+", re.DOTALL)
# Callers that are not looked up, because IAM does not list them, or because resource policies name them.
OTHER_CALLER_PATTERN = re.compile(
    r"\*|[0-9]{12}|(?P<partition>arn:aws[a-z-]*):(iam::(?P<of_iam>[0-9]{12}):(root|(saml|oidc)-provider/.+)"
    r"|sts::(?P<of_sts>[0-9]{12}):(federated-user/.+|self))",
    re.DOTALL,
)
OTHER_PARTITION_SQL = """
select 1 from aws_iam_principal as p
where p.account_id = $account and not starts_with(p.principal_arn, concat($partition, ':')) limit 1
"""
SERVICE_PATTERN = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
TYPE_PATH_NAME_PATTERN = re.compile(r"(?P<type>user|role)/(?P<path>.+)", re.DOTALL)
MAX_COMPARED_CHARACTERS = 200  # characters of a name that is compared with others; IAM's limit is 64
ACCEPTED_FORMS = "an ARN, user/NAME, role/NAME or a name"
LIST_PRINCIPALS_HINT = 'List them with: iamsql query "select principal_arn from aws_iam_principal"'

CANDIDATES_SQL = """
select p.name, p.id, p.principal_arn from aws_iam_principal as p
where p.name in (select unnest(cast($names as varchar[]))) or p.id in (select unnest(cast($names as varchar[])))
order by p.principal_arn
"""
HAS_PRINCIPALS_SQL = "select 1 from aws_iam_principal limit 1"
SIMILAR_PRINCIPALS_SQL = """
select p.principal_arn from aws_iam_principal as p
where jaro_winkler_similarity(lower(p.name), lower($name)) >= 0.85 and contains(p.principal_arn, $type)
order by jaro_winkler_similarity(lower(p.name), lower($name)) desc, p.account_id is distinct from $account, p.principal_arn limit 3
"""
# The users and roles of events: the callers, and the targets of requests to IAM.
RECORDED_PRINCIPALS_SQL = """
select distinct r.arn from (
    select case e.user_type when 'IAMUser' then e.actor_arn else e.issuer_arn end as arn from aws_cloudtrail_event as e
) as r
where r.arn = $arn or ($arn = '' and ends_with(r.arn, '/' || $name))
order by all
"""
IS_TARGET_SQL = """
select 1 from aws_cloudtrail_event as e
where e.account_id = $account and e.event_source = 'iam.amazonaws.com' and split_part(e.target, '/', -1) = $name limit 1
"""


@dataclass(frozen=True)
class Reference:
    """The parts of an argument that names a user or role; `account` and `type` are '' if they are not given."""

    text: str
    name: str
    account: str = ""
    type: str = ""
    path: str = ""

    @property
    def is_arn(self) -> bool:
        """Return whether the argument is an ARN."""
        return bool(self.account)


def resolve_principals(
    lookup: Lookup, texts: Sequence[str], *, required_type: str = "", is_recorded: bool = False
) -> dict[str, str]:
    """Map arguments to the ARNs of users and roles. Other callers, such as services, are returned unchanged.

    `required_type` is user, role, or '' for both. With `is_recorded`, users and roles that only events contain also match. The
    ARN of a principal is returned unchanged if its account was not read or is not in the run. Raise ArgumentError for an
    argument that matches no principal, or more than one.
    """
    for text in texts:
        _require_partition(lookup, text.strip())
    references = {text: _parse_reference(text.strip(), required_type) for text in texts}
    names = [reference.name for reference in references.values() if reference]
    candidates: dict[str, list[str]] = defaultdict(list)
    if names:
        for name, unique_id, arn in lookup(CANDIDATES_SQL, {"names": names}):
            candidates[name].append(arn)
            candidates[unique_id].append(arn)
    finder = _Finder(lookup, required_type, is_recorded)
    return {
        text: finder.find(reference, candidates[reference.name]) if reference else text.strip()
        for text, reference in references.items()
    }


def _require_partition(lookup: Lookup, text: str) -> None:
    """Raise ArgumentError for a caller of an account of the run if its ARN has another partition of AWS."""
    caller_match = OTHER_CALLER_PATTERN.fullmatch(text)
    if session_match := SESSION_PATTERN.fullmatch(text):
        partition, account = text.partition(":sts:")[0], session_match["account"]
    elif caller_match and caller_match["partition"]:
        partition, account = caller_match["partition"], caller_match["of_iam"] or caller_match["of_sts"]
    else:
        return
    if lookup(OTHER_PARTITION_SQL, {"account": account, "partition": partition}):
        raise ArgumentError(text, "is not in the partition of its account")


def _parse_reference(text: str, required_type: str) -> Reference | None:
    """Parse an argument. Return None for a caller that is not looked up, such as an account or *.

    Raise ArgumentError for any other ARN, for another type than `required_type`, and for empty text.
    """
    if parts := USER_OR_ROLE_PATTERN.fullmatch(text):
        return _require_type(
            Reference(text, text.rpartition("/")[2], parts["account"], parts["type"], parts["path"]), required_type
        )
    if parts := SESSION_PATTERN.fullmatch(text):
        return _require_type(Reference(text, parts["name"], parts["account"], "session"), required_type)
    if OTHER_CALLER_PATTERN.fullmatch(text):
        if required_type:
            raise ArgumentError(text, f"is not a {required_type}")
        return None
    if text.startswith("arn:"):
        is_group_arn = re.match(r"arn:aws[a-z-]*:iam::[0-9]{12}:group/", text)
        problem = (
            "is a group, which makes no requests: name one of its users"
            if is_group_arn
            else "is not the ARN of a user or role"
        )
        raise ArgumentError(text, problem)
    if parts := TYPE_PATH_NAME_PATTERN.fullmatch(text):
        return _require_type(Reference(text, text.rpartition("/")[2], "", parts["type"], parts["path"]), required_type)
    if not text:
        raise ArgumentError(text, f"is not {ACCEPTED_FORMS}")
    return Reference(text, text)


def _require_type(reference: Reference, required_type: str) -> Reference:
    if required_type and reference.type != required_type:
        raise ArgumentError(reference.text, f"is not a {required_type}")
    return reference


@dataclass(frozen=True)
class _Finder:
    lookup: Lookup
    required_type: str
    is_recorded: bool

    def find(self, reference: Reference, candidates: Sequence[str]) -> str:
        """Return the ARN of the only candidate that a reference matches, or of a principal that events contain."""
        if reference.type == "session":
            roles = [arn for arn in candidates if arn.split(":")[4] == reference.account and ":role/" in arn]
            return reference.text if roles or not self._is_read(reference.account) else self._raise_unknown(reference)
        matching_arns = list(dict.fromkeys(self._select_matching(reference, candidates)))
        if len(matching_arns) == 1:
            return matching_arns[0]
        if len(matching_arns) > 1:
            raise _ambiguous_error(reference.text, matching_arns, reference.type or self.required_type)
        if SERVICE_PATTERN.fullmatch(reference.text) and not self.required_type:
            return reference.text
        if reference.is_arn and not self._is_read(reference.account):
            return reference.text
        recorded_arns = self._find_recorded(reference) if self.is_recorded else []
        if len(recorded_arns) > 1:
            raise _ambiguous_error(reference.text, recorded_arns, reference.type or self.required_type)
        return recorded_arns[0] if recorded_arns else self._raise_unknown(reference)

    def _select_matching(self, reference: Reference, candidates: Sequence[str]) -> Sequence[str]:
        if reference.is_arn:
            return [arn for arn in candidates if arn == reference.text]
        principal_type = reference.type or self.required_type
        arns_of_type = [arn for arn in candidates if not principal_type or f":{principal_type}/" in arn]
        exact_arns = [arn for arn in arns_of_type if arn.endswith(f":{principal_type}/{reference.path}")]
        return exact_arns or ([] if "/" in reference.path else arns_of_type)

    def _is_read(self, account: str) -> bool:
        rows = self.lookup(ACCOUNT_WAS_READ_SQL, {"account": account})
        return bool(rows and rows[0][0])

    def _find_recorded(self, reference: Reference) -> list[str]:
        arn = reference.text if reference.is_arn else ""
        rows = self.lookup(RECORDED_PRINCIPALS_SQL, {"arn": arn, "name": reference.name})
        principal_type = reference.type or self.required_type
        arns = [str(row[0]) for row in rows if not principal_type or f":{principal_type}/" in row[0]]
        if not arns and arn and self.lookup(IS_TARGET_SQL, {"account": reference.account, "name": reference.name}):
            return [arn]
        return arns

    def _raise_unknown(self, reference: Reference) -> str:
        if not self.lookup(HAS_PRINCIPALS_SQL, {}):
            raise ArgumentError(
                reference.text, "cannot be resolved, because this run has no users and roles", step="Use an ARN."
            )
        similar_arns = list(self._near_arns(reference)) if len(reference.name) <= MAX_COMPARED_CHARACTERS else []
        noun = self.required_type or ("role" if reference.type == "session" else reference.type) or "user or role"
        raise ArgumentError(reference.text, f"is not a {noun} of this run", similar_arns, LIST_PRINCIPALS_HINT)

    def _near_arns(self, reference: Reference) -> Iterator[str]:
        principal_type = "role" if reference.type == "session" else reference.type or self.required_type
        values = {
            "name": reference.name,
            "account": reference.account,
            "type": f":{principal_type}/" if principal_type else ":",
        }
        yield from (str(row[0]) for row in self.lookup(SIMILAR_PRINCIPALS_SQL, values))


def _ambiguous_error(text: str, arns: Sequence[str], principal_type: str) -> ArgumentError:
    nouns = f"{principal_type}s" if principal_type else "users and roles"
    return ArgumentError(text, f"is the name of {len(arns)} {nouns}: {shortened_list(arns)}", step="Use an ARN.")
