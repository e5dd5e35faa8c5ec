"""What the options mean: which regions there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from iamsql.aws.organization import Organization
from iamsql.aws.plan import ALL
from iamsql.aws.sessions import SessionFactory
from iamsql.model import IamsqlError


def known_regions(door: SessionFactory, org: Organization, regions: Sequence[str]) -> None:
    """Raise IamsqlError for a region that the partition does not have."""
    known = door.regions(org.partition)
    for name in () if tuple(regions) == ALL else regions:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise IamsqlError(
                f"There is no region {name} in the partition {org.partition}.{hint}\n`--region all` reads all."
            )
