"""Names that somebody chose to hurt who reads them, and a made-up organization in which nearly everything is named so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from iamsql.demo import estate, papers
from iamsql.demo.people import Group, Key, Password, Policy, Role, Site, User
from tests.conftest import DAY
from tests.fake_aws import FakeAws

NAMES = (
    "'; drop table aws_iam_user; --", 'say "hi"', "a\nb", "a\r\nb", "tab\tbed", "\u202egnp.exe", "\u200b\ufeffzero\u2066",
    "\u2028\u2029", '=HYPERLINK("http://evil","x")', "+1+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", "]]></a>&amp;&#0;",
    "../../etc/x", "..\\..\\x", "C:\\con\\nul", "$$", "{{name}}", "{0}%s%n", "$(id)`id`", "${jndi:ldap://x}",
    "|`x`*_[l](http://x)_*|", "\U0001f600\U0001f469\u200d\U0001f4bb", "\u0130\u0131\xdf\ufb01", "\U0010ffff", "null", "NULL",
    "NaN", "1e999", "0x10", "", " ", " lead", "trail ", "%27%20or%201=1", "%00", "\\u0000", "\\x1b[2J", "x" * 2000, "a,b;c|d",
    "~user", "-rf", "--run", "con", ".hidden", "*", "?", "[a]", "name@1", "x.sql",
)  # fmt: skip
UNSEEN = (
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x07\x08\x7f",
    "\x85\x9b31m",
    "\ud800",
    "a\x0bb\x0cc",
)  # XML holds none
WIDE = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": ["x" * 64_000]}]}
)
VICTIM = "666677778888"  # the account in which everything is named so


def nested(depth: int) -> str:
    """Write a policy document whose condition is nested so deep."""
    inner = '{"StringEquals":' + "[" * depth + "]" * depth + "}"
    return (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{inner}}}]}}'
    )


def tags(place: int) -> tuple[tuple[str, str], ...]:
    """Give tags whose keys and values are hostile."""
    first, second = NAMES[place % len(NAMES)], NAMES[(place * 7 + 3) % len(NAMES)]
    return ((first, second), ("plain", first))


def victim(site: Site, documents: Mapping[str, str]) -> Site:
    """Put hostile users, groups, roles and policies into an account."""
    users = tuple(
        User(
            name, 100 + place, path="/" if place % 2 else "/<b>/", tags=tags(place), mfa="virtual" if place % 3 else "",
            password=Password(100 + place, 50) if place % 2 else None, keys=(Key(100 + place, 70),),
            groups=(NAMES[0],), inline=((name, papers.DECRYPT),) if place % 4 == 0 else (), boundary="limits" if place % 5 else "",
        )
        for place, name in enumerate(NAMES)
    )  # fmt: skip
    groups = tuple(Group(name, 200, inline=((name, papers.DECRYPT),)) for name in NAMES[:12])
    roles = tuple(
        Role(name, 300, papers.trust({"AWS": name}), about=name, tags=tags(place), used=3)
        for place, name in enumerate(NAMES[:12])
    )
    roles += tuple(Role(name, 10, text) for name, text in documents.items())
    policies = tuple(Policy(name, 150, (papers.allow(name, on=name),), about=name) for name in NAMES[:12])
    return replace(
        site, users=(*site.users, *users), groups=(*site.groups, *groups), roles=(*site.roles, *roles),
        policies=(*site.policies, *policies, *(Policy(name, 10, (text,)) for name, text in documents.items())),
        aliases=(NAMES[12],), spare_devices=3,
    )  # fmt: skip


def sites(documents: Mapping[str, str]) -> list[Site]:
    """Make the demo organization's accounts, with other names, units and tags."""
    made = []
    hostile = iter((*UNSEEN, *NAMES))
    for site in ORDINARY():
        name = next(hostile)
        units = tuple(f"{unit}{name}" for unit in site.units) if site.account_id == VICTIM else site.units
        changed = replace(
            site, name=name, tags=(*site.tags, ("name", name), (name[:5] or "x", "y")), email=f"{name}@x", units=units
        )
        made.append(victim(changed, documents) if site.account_id == VICTIM else changed)
    return made


ORDINARY = estate.sites


@contextmanager
def hostile_room(documents: Mapping[str, str]) -> Iterator[FakeAws]:
    """Give a room of hostile names; documents that are text already are served as they are."""
    written = Site.text
    with (
        patch.object(estate, "sites", lambda: sites(documents)),
        patch.object(Site, "text", lambda self, one: one if isinstance(one, str) else written(self, one)),
    ):
        yield FakeAws(DAY)
