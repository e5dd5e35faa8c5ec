"""The page of the escalation methods: what each requires, and how they compare with the published paths."""

from __future__ import annotations

from collections.abc import Iterator

from fragments import table

from iamsql.tables.compiler.facts import DATA, read_facts

KINDS = {
    "self": "Change own permissions",
    "credentials": "Obtain credentials of another user",
    "assume": "Assume a role",
    "pass": "Pass a role to a service",
    "take": "Take over a resource that has a role",
}
SOURCES = {
    "rhino": "Rhino Security Labs",
    "pmapper": "PMapper",
    "pathfinding": "pathfinding.cloud",
    "iamsql": "iamsql",
}
# Calls that return credentials or create roles and are not methods, with the reason.
EXCLUDED = {
    "sts:GetScopedCredentials": "Narrows the permissions of credentials that the caller has.",
    "sts:GetWebIdentityToken": "Returns a token for services outside AWS. It is in risky_actions.",
    "sts:GetDelegatedAccessToken": "Requires a token that the owner of the permissions sends. It is in risky_actions.",
    "iam:CreateDelegationRequest": "Is available to AWS partners only, and requires that the owner accepts the request.",
    "iam:AcceptDelegationRequest, iam:SendDelegationToken": (
        "Give a partner access for a limited time, and the caller no permissions. They are in risky_actions."
    ),
    "iam:AcquireRole": "Creates a role from a template, so the caller does not choose the permissions.",
    "codestar:CreateProject, codestar:AssociateTeamMember": "AWS CodeStar is closed, and its actions no longer exist.",
}


def pages() -> dict[str, str]:
    """Map the path of the page under docs/ to its text."""
    return {"escalation.md": "\n".join(_page())}


def _page() -> Iterator[str]:
    methods, published = (
        read_facts(DATA / f"{name}.csv") for name in ("iam_privesc_methods", "iam_published_escalation_paths")
    )
    rows = methods.records()
    yield from (
        "# Escalation methods",
        "",
        f"[`escalation_paths`](queries/escalation_paths.md) searches for these {len(rows)} methods. A method applies to a",
        "principal that is allowed all its actions, if the target exists: for `iam:PassRole`, a role with more permissions that",
        "trusts the service. [`privesc_methods`](queries/privesc_methods.md) returns the methods, and",
        "[`escalation_catalog`](queries/escalation_catalog.md) the published paths.",
        "",
        f"The methods were compared with [pathfinding.cloud](https://pathfinding.cloud) on {published.comments['date']}. The IDs",
        "are the IDs of its paths. Other sources are Rhino Security Labs, PMapper and Cloudsplaining.",
    )
    for kind, title in KINDS.items():
        yield from ("", f"## {title}", "", _methods([row for row in rows if row["kind"] == kind]))
    yield from ("", "## Paths of pathfinding.cloud", "", *_published(published.records(), rows))
    yield from (
        "",
        "## Not included",
        "",
        table(("action", "reason"), list(EXCLUDED.items())),
    )


def _methods(rows: list[dict[str, str]]) -> str:
    """Return the methods of a kind as a table."""
    cells = [
        (
            row["method"],
            row["about"],
            ", ".join(row["actions[]"].split()),
            row["service"] or None,
            ", ".join(row["pathfinding[]"].split()) or None,
            SOURCES[row["source"]],
        )
        for row in rows
    ]
    return table(("method", "how it works", "actions", "service", "pathfinding.cloud", "source"), cells)


def _published(paths: list[dict[str, str]], rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield the published paths with the method of each, and the reason where iamsql differs."""
    methods = {path: row["method"] for row in rows for path in row["pathfinding[]"].split()}
    yield from (
        "The actions are those that the path requires. Where iamsql requires more, or has no method, a reason is given.",
        "",
    )
    cells = [
        (
            path["path"],
            ", ".join(path["actions[]"].split()),
            methods.get(path["path"]),
            path["difference"],
        )
        for path in paths
    ]
    yield table(("path", "actions", "method", "difference"), cells)
