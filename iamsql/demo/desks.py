"""Which services the room answers over a desk, by the name that their requests are signed for."""

from __future__ import annotations

from iamsql.demo import regions
from iamsql.demo.analyzer import ANALYZER
from iamsql.demo.contacts import CONTACTS
from iamsql.demo.desk import Desk
from iamsql.demo.identity_center import CENTER, IDENTITY_STORE
from iamsql.demo.lookups import lookup
from iamsql.demo.trails import Trails

EVENTS = 10  # to a page in the demo


def desks(trails: Trails) -> dict[str, Desk]:
    """Open the desks."""
    events = {"LookupEvents": ("Events", lookup)}
    enabled = {"ListRegions": ("Regions", lambda site, _, params: regions.listed(site, params))}
    return {
        "access-analyzer": ANALYZER,
        "account": Desk(CONTACTS.singles, enabled),
        "cloudtrail": Desk(trails.singles, {**trails.lists, **events}, EVENTS),
        "ec2": Desk({"DescribeRegions": lambda site, _, params: regions.described(site, params)}),
        "identitystore": IDENTITY_STORE,
        "sso": CENTER,
    }
