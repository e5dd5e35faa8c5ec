"""What happened in the made-up organization besides what follows from its cast: a break-in, and ordinary life."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iamsql.demo.papers import LOG_ARCHIVE, MANAGEMENT, NETWORK
from iamsql.demo.people import Site
from iamsql.demo.records import Record
from iamsql.demo.story import elsewhere, entry, evasion, harvest, misuse, noise, repair

Part = Callable[[Site], Iterator[Record]]
PARTS: dict[str, tuple[Part, ...]] = {
    MANAGEMENT: (evasion.goes_on, noise.portal, elsewhere.sign_ins(("diego.audit", 31, "us-east-2", "Yes"))),
    LOG_ARCHIVE: (evasion.empties_archive,),
    NETWORK: (evasion.stops_trail, elsewhere.root_keys),
    harvest.SHARED: (harvest.reads_secrets, elsewhere.sign_ins(("marta.platform", 10, "eu-north-1", "Yes"))),
    harvest.PAYMENTS: (
        *(entry.looks_around, entry.settles_in, harvest.crosses),
        *(misuse.passes_roles, misuse.signs_in, misuse.takes_machines, misuse.hands_out),
        *(evasion.blinds_services, elsewhere.guesses, repair.cleans_up, noise.application),
    ),
    "777788889999": (harvest.uses_server, elsewhere.sign_ins(("lucia", 16, "us-east-2", "Yes"))),
    "131313131313": (elsewhere.sign_ins(("pilar", 25, "eu-north-1", "Yes")),),
    "888899990000": (elsewhere.tries_names, elsewhere.hires),
    "999900001111": (elsewhere.unseen,),
    "101010101010": (
        elsewhere.sign_ins(("alice", 6, "ap-southeast-2", "Yes"), ("=cmd,+@calc", 14, "eu-north-1", "No")),
    ),
    "121212121212": (elsewhere.root_key_kept,),
}


def story(site: Site) -> Iterator[Record]:
    """Tell an account's part; uniform accounts and those that are not active have none."""
    if not site.small or site.state != "ACTIVE":
        return
    for part in (noise.everyday, *PARTS.get(site.account_id, ())):
        yield from part(site)
