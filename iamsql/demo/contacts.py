"""Whom AWS writes to: a contact for every account, and alternate ones, of which one account lacks the most important."""

from __future__ import annotations

from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site
from iamsql.demo.service import Item, Params, Service, missing

OFFICES = {"BILLING": "Head of Billing", "OPERATIONS": "Head of Operations", "SECURITY": "CISO"}
NO_SECURITY = frozenset({"012345678901"})  # network: nobody hears of what AWS finds
ALONE = frozenset({"131313131313"})  # greenfield: too young to have named anybody
FULL = frozenset({"111122223333"})
REFUSED = "Trusted access for account.amazonaws.com is not enabled."


def _own(params: Params) -> None:
    """Refuse to tell of another account: nobody enabled that."""
    if params.get("AccountId"):
        raise AwsError("AccessDeniedException", REFUSED, 403)


def contact(site: Site, _: str, params: Params) -> Item:
    """Answer GetContactInformation."""
    _own(params)
    plain: dict[str, Any] = {
        "FullName": f"Owner of {site.name}",
        "AddressLine1": "1 Example Way",
        "City": "Zürich",
        "CountryCode": "CH",
        "PhoneNumber": "+41 44 555 01 00",
        "PostalCode": "8001",
    }
    if site.account_id in FULL:
        plain |= {"AddressLine2": "Floor 2", "AddressLine3": "Room 3", "CompanyName": 'Acme "Holding", =Inc.'}
        plain |= {"DistrictOrCounty": "Kreis 1", "StateOrRegion": "ZH", "WebsiteUrl": "https://example.com/?a=1&b=<2>"}
    return {"ContactInformation": plain, "VerificationStatus": "VERIFIED"}


def alternate(site: Site, _: str, params: Params) -> Item:
    """Answer GetAlternateContact."""
    _own(params)
    kind = str(params.get("AlternateContactType"))
    if kind not in OFFICES:
        raise AwsError("ValidationException", f"{kind} is no type of alternate contact.")
    if site.account_id in ALONE or (kind == "SECURITY" and site.account_id in NO_SECURITY):
        raise missing("contact of the type inquired about")
    desk = kind.lower()
    return {
        "AlternateContact": {
            "Name": f"{desk.capitalize()} of {site.name}",
            "Title": OFFICES[kind],
            "EmailAddress": f"{desk}@example.com",
            "PhoneNumber": "+41 44 555 01 11",
            "AlternateContactType": kind,
        }
    }


CONTACTS = Service({"GetContactInformation": contact, "GetAlternateContact": alternate})
