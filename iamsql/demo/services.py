"""Which services the room answers over a desk, by the name that their requests are signed for."""

from __future__ import annotations

from iamsql.demo import regions
from iamsql.demo.analyzer import ANALYZER
from iamsql.demo.contacts import CONTACTS
from iamsql.demo.identity_center import CENTER, IDENTITY_STORE
from iamsql.demo.lookups import lookup
from iamsql.demo.service import Service
from iamsql.demo.trails import Trails

EVENTS = 10  # to a page in the demo


def services(trails: Trails) -> dict[str, Service]:
    """Open the services."""
    events = {"LookupEvents": ("Events", lookup)}
    enabled = {"ListRegions": ("Regions", lambda site, _, params: regions.listed(site, params))}
    return {
        "access-analyzer": ANALYZER,
        "account": Service(CONTACTS.singles, enabled),
        "cloudtrail": Service(trails.singles, {**trails.lists, **events}, EVENTS),
        "ec2": Service({"DescribeRegions": lambda site, _, params: regions.described(site, params)}),
        "identitystore": IDENTITY_STORE,
        "sso": CENTER,
    }
