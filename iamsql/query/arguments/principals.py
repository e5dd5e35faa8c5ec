"""Find the user or role that an argument names: by its ARN, by TYPE/PATH/NAME, by its name or by its unique ID."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iamsql.query.arguments.lookup import ACCOUNT, Lookup
from iamsql.query.arguments.problems import ArgumentProblem, shortened_list

USER_OR_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):(?P<type>user|role)/(?P<path>.+)", re.DOTALL)
SESSION = re.compile(r"arn:aws[a-z-]*:sts::(?P<account>[0-9]{12}):assumed-role/(?P<name>[^/]+)/.+", re.DOTALL)
# Callers that IAM does not list, or that resource policies name: they are not looked up.
OTHER = re.compile(
    r"\*|[0-9]{12}|(?P<partition>arn:aws[a-z-]*):(iam::(?P<of_iam>[0-9]{12}):(root|(saml|oidc)-provider/.+)"
    r"|sts::(?P<of_sts>[0-9]{12}):(federated-user/.+|self))",
    re.DOTALL,
)
PARTITION = """
select 1 from aws_iam_principal as p
where p.account_id = $account and not starts_with(p.principal_arn, concat($partition, ':')) limit 1
"""
SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
SHORT = re.compile(r"(?P<type>user|role)/(?P<path>.+)", re.DOTALL)
LONGEST = 200  # characters of a name that is compared with others; IAM's limit is 64
FORMS = "an ARN, user/NAME, role/NAME or a name"
LIST = 'List them with: iamsql query "select principal_arn from aws_iam_principal"'

CANDIDATES = """
select p.name, p.id, p.principal_arn from aws_iam_principal as p
where p.name in (select unnest(cast($names as varchar[]))) or p.id in (select unnest(cast($names as varchar[])))
order by p.principal_arn
"""
HAS_PRINCIPALS = "select 1 from aws_iam_principal limit 1"
NEAR = """
select p.principal_arn from aws_iam_principal as p
where jaro_winkler_similarity(lower(p.name), lower($name)) >= 0.85 and contains(p.principal_arn, $type)
order by jaro_winkler_similarity(lower(p.name), lower($name)) desc, p.account_id is distinct from $account, p.principal_arn limit 3
"""
# The users and roles of events: the callers, and the targets of requests to IAM.
RECORDED = """
select distinct r.arn from (
    select case e.user_type when 'IAMUser' then e.actor_arn else e.issuer_arn end as arn from aws_cloudtrail_event as e
) as r
where r.arn = $arn or ($arn = '' and ends_with(r.arn, '/' || $name))
order by all
"""
TARGETS = """
select 1 from aws_cloudtrail_event as e
where e.account_id = $account and e.event_source = 'iam.amazonaws.com' and split_part(e.target, '/', -1) = $name limit 1
"""


@dataclass(frozen=True)
class Reference:
    """The parts of a text that names a user or role; `account` and `type` are '' if they are not given."""

    text: str
    name: str
    account: str = ""
    type: str = ""
    path: str = ""

    @property
    def is_arn(self) -> bool:
        """Return whether the text is an ARN."""
        return bool(self.account)


def resolve_principals(
    lookup: Lookup, texts: Sequence[str], *, only: str = "", is_recorded: bool = False
) -> dict[str, str]:
    """Map texts to the ARNs of users and roles; other callers, such as services, stay as they are.

    `only` is user or role. With `is_recorded`, users and roles that only events contain also match. Raise ArgumentProblem for a
    text that names no principal or several. A principal of an account that was not read, or that is not in the run, stays as it is.
    """
    for text in texts:
        _require_partition(lookup, text.strip())
    references = {text: _reference(text.strip(), only) for text in texts}
    names = [reference.name for reference in references.values() if reference]
    candidates: dict[str, list[str]] = defaultdict(list)
    if names:
        for name, unique_id, arn in lookup(CANDIDATES, {"names": names}):
            candidates[name].append(arn)
            candidates[unique_id].append(arn)
    finder = _Finder(lookup, only, is_recorded)
    return {
        text: finder.find(reference, candidates[reference.name]) if reference else text.strip()
        for text, reference in references.items()
    }


def _require_partition(lookup: Lookup, text: str) -> None:
    """Raise ArgumentProblem for a caller of an account of the run in another partition of AWS."""
    caller = OTHER.fullmatch(text)
    if session := SESSION.fullmatch(text):
        partition, account = text.partition(":sts:")[0], session["account"]
    elif caller and caller["partition"]:
        partition, account = caller["partition"], caller["of_iam"] or caller["of_sts"]
    else:
        return
    if lookup(PARTITION, {"account": account, "partition": partition}):
        raise ArgumentProblem(text, "is not in the partition of its account")


def _reference(text: str, only: str) -> Reference | None:
    """Return the parts of a text; None for a caller that is not looked up. Raise ArgumentProblem for another ARN."""
    if parts := USER_OR_ROLE.fullmatch(text):
        return _of_type(Reference(text, text.rpartition("/")[2], parts["account"], parts["type"], parts["path"]), only)
    if parts := SESSION.fullmatch(text):
        return _of_type(Reference(text, parts["name"], parts["account"], "session"), only)
    if OTHER.fullmatch(text):
        if only:
            raise ArgumentProblem(text, f"is not a {only}")
        return None
    if text.startswith("arn:"):
        of_group = re.match(r"arn:aws[a-z-]*:iam::[0-9]{12}:group/", text)
        problem = (
            "is a group, which makes no requests: name one of its users"
            if of_group
            else "is not the ARN of a user or role"
        )
        raise ArgumentProblem(text, problem)
    if parts := SHORT.fullmatch(text):
        return _of_type(Reference(text, text.rpartition("/")[2], "", parts["type"], parts["path"]), only)
    if not text:
        raise ArgumentProblem(text, f"is not {FORMS}")
    return Reference(text, text)


def _of_type(reference: Reference, only: str) -> Reference:
    if only and reference.type != only:
        raise ArgumentProblem(reference.text, f"is not a {only}")
    return reference


@dataclass(frozen=True)
class _Finder:
    lookup: Lookup
    only: str
    is_recorded: bool

    def find(self, reference: Reference, candidates: Sequence[str]) -> str:
        """Return the ARN of the only candidate that a reference matches, or of a principal that events contain."""
        if reference.type == "session":
            roles = [arn for arn in candidates if arn.split(":")[4] == reference.account and ":role/" in arn]
            return reference.text if roles or not self._is_read(reference.account) else self._fail(reference)
        matching = list(dict.fromkeys(self._matching(reference, candidates)))
        if len(matching) == 1:
            return matching[0]
        if len(matching) > 1:
            raise _ambiguous(reference.text, matching, reference.type or self.only)
        if SERVICE.fullmatch(reference.text) and not self.only:
            return reference.text
        if reference.is_arn and not self._is_read(reference.account):
            return reference.text
        recorded = self._recorded(reference) if self.is_recorded else []
        if len(recorded) > 1:
            raise _ambiguous(reference.text, recorded, reference.type or self.only)
        return recorded[0] if recorded else self._fail(reference)

    def _matching(self, reference: Reference, candidates: Sequence[str]) -> Sequence[str]:
        if reference.is_arn:
            return [arn for arn in candidates if arn == reference.text]
        principal_type = reference.type or self.only
        typed = [arn for arn in candidates if not principal_type or f":{principal_type}/" in arn]
        exact = [arn for arn in typed if arn.endswith(f":{principal_type}/{reference.path}")]
        return exact or ([] if "/" in reference.path else typed)

    def _is_read(self, account: str) -> bool:
        rows = self.lookup(ACCOUNT, {"account": account})
        return bool(rows and rows[0][0])

    def _recorded(self, reference: Reference) -> list[str]:
        arn = reference.text if reference.is_arn else ""
        rows = self.lookup(RECORDED, {"arn": arn, "name": reference.name})
        principal_type = reference.type or self.only
        arns = [str(row[0]) for row in rows if not principal_type or f":{principal_type}/" in row[0]]
        if not arns and arn and self.lookup(TARGETS, {"account": reference.account, "name": reference.name}):
            return [arn]
        return arns

    def _fail(self, reference: Reference) -> str:
        if not self.lookup(HAS_PRINCIPALS, {}):
            raise ArgumentProblem(
                reference.text, "cannot be resolved, because this run has no users and roles", step="Use an ARN."
            )
        near = list(self._near(reference)) if len(reference.name) <= LONGEST else []
        what = self.only or ("role" if reference.type == "session" else reference.type) or "user or role"
        raise ArgumentProblem(reference.text, f"is not a {what} of this run", near, LIST)

    def _near(self, reference: Reference) -> Iterator[str]:
        principal_type = "role" if reference.type == "session" else reference.type or self.only
        values = {
            "name": reference.name,
            "account": reference.account,
            "type": f":{principal_type}/" if principal_type else ":",
        }
        yield from (str(row[0]) for row in self.lookup(NEAR, values))


def _ambiguous(text: str, arns: Sequence[str], principal_type: str) -> ArgumentProblem:
    nouns = f"{principal_type}s" if principal_type else "users and roles"
    return ArgumentProblem(text, f"is the name of {len(arns)} {nouns}: {shortened_list(arns)}", step="Use an ARN.")
