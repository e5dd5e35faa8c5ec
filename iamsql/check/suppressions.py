"""Mutes: alarms that somebody answers for until a day; one without an owner, of everything, or for over a year is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from iamsql.catalog import FILE
from iamsql.catalog.benchmarks import read_toml
from iamsql.catalog.files import read_text
from iamsql.catalog.params import near
from iamsql.model import IamsqlError

KEYS = ("control", "account", "resource", "owner", "reason", "expires")
LONGEST = timedelta(days=366)  # a year, from the day on which the file is read
# ARNs of accounts, users and roles; a pattern that fits all of a partition's tells nothing apart
PROBES = tuple(
    (f"arn:{partition}:::000000000000", f"arn:{partition}:::999999999999", f"arn:{partition}:iam::123456789012:user/a",
     f"arn:{partition}:iam::876543210987:role/b")
    for partition in ("aws", "aws-cn", "aws-us-gov")
)  # fmt: skip


@dataclass(frozen=True)
class Mute:
    """What is muted, by whom, why and until when; `at` is where it stands, path:line."""

    at: str
    control: str
    account: str
    resource: str
    owner: str
    reason: str
    expires: date

    def row(self, place: int, today: date) -> dict[str, Any]:
        """Give it as the ledger wants it; the resource's * and ? as those of LIKE."""
        plain = re.sub(r"([\\%_])", r"\\\1", self.resource)
        told = {
            "control": self.control,
            "account": self.account,
            "owner": self.owner,
            "reason": self.reason.rstrip("."),
        }
        pattern = plain.replace("*", "%").replace("?", "_")
        return {"place": place, **told, "pattern": pattern, "expires": self.expires, "expired": self.expires < today}


def read_mutes(paths: Sequence[Path], controls: Collection[str], today: date | None = None) -> list[Mute]:
    """Read the files of mutes, CSV or TOML by their ending; the first fault is told with path:line.

    `today` is the day from which the longest term counts, by the clock where it is not given.
    """
    today = today or datetime.now(UTC).date()
    return [_mute(at, given, controls, today) for path in dict.fromkeys(paths) for at, given in _given(path)]


def hidden(live: Collection[int], unnamed: int, muted: int) -> list[str]:
    """Return a line on the mutes of ./iamsql.toml where they hide findings.

    `live` are the places of the mutes that hold for a finding; the first `unnamed` mutes are those of ./iamsql.toml.
    """
    own = sum(place < unnamed for place in live)
    if not own or not muted:
        return []
    findings = "1 finding" if muted == 1 else f"{muted} findings"
    mutes = "1 mute hides" if own == len(live) == 1 else f"{own} mutes hide"
    if own < len(live):
        mutes = f"{own} of its mutes and {len(live) - own} of --mutes hide"
    return [f"./{FILE}: {mutes} {findings}."]


def _given(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix.lower() == ".csv":
        return _of_csv(path)
    if path.suffix.lower() == ".toml":
        return _of_toml(path)
    raise IamsqlError(f"{path}: a file of mutes is .csv or .toml")


def _of_csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        if sorted(header) != sorted(KEYS):
            raise IamsqlError(f"{path}:1: the first line is {','.join(KEYS)}")
        before = lines.line_num
        for row in lines:
            at, before = f"{path}:{before + 1}", lines.line_num
            if row and len(row) != len(header):
                raise IamsqlError(f"{at}: {len(row)} fields, not {len(header)}")
            if row:
                yield at, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise IamsqlError(f"{path}:{lines.line_num}: {error}") from None


def _of_toml(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    tree = read_toml(path)
    heads = [
        number for number, line in enumerate(read_text(path).split("\n"), 1) if re.match(r"\s*\[\[\s*mute\s*\]\]", line)
    ]
    mutes = tree.get("mute", [])
    if set(tree) - {"mute"} or not isinstance(mutes, list) or len(heads) != len(mutes):
        raise IamsqlError(f"{path}:1: a file of mutes holds [[mute]] tables and nothing else")
    for line, mute in zip(heads, mutes, strict=True):
        if unknown := [key for key in mute if key not in KEYS]:
            raise IamsqlError(f"{path}:{line}: unknown key {unknown[0]!r}{near(unknown[0], KEYS)}")
        yield f"{path}:{line}", mute


def _mute(at: str, given: Mapping[str, Any], controls: Collection[str], today: date) -> Mute:
    """Hold a mute to what it must say."""
    said = {key: str(given.get(key, "")).strip() for key in KEYS}
    for key in KEYS:
        if not said[key]:
            words = {"control": "a control or *", "account": "an account id or *", "resource": "a pattern or *"}
            raise IamsqlError(f"{at}: no {key}: a mute says {words.get(key, 'who answers for it, why and until when')}")
    if said["control"] != "*" and said["control"] not in controls:
        raise IamsqlError(f"{at}: no control named {said['control']!r}{near(said['control'], controls)}")
    if not re.fullmatch(r"\*|\d{12}", said["account"]):
        raise IamsqlError(f"{at}: account is 12 digits or *, not {said['account']!r}")
    control, account, resource, owner, reason, expires = (said[key] for key in KEYS)
    if control == account == "*" and _is_everything(resource):
        raise IamsqlError(f"{at}: this mute is of every finding: name a control, an account or resources")
    return Mute(at, control, account, resource, owner, reason, _day(at, expires, today))


def _is_everything(pattern: str) -> bool:
    """Tell whether a pattern fits the resources of every account, such as *, ?* and arn:*."""
    plain = pattern.replace("[", "[[]")
    return any(all(fnmatchcase(probe, plain) for probe in probes) for probes in PROBES)


def _day(at: str, text: str, today: date) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError:
        raise IamsqlError(f"{at}: expires is a day such as 2026-03-01, not {text!r}") from None
    if day - today > LONGEST:
        raise IamsqlError(f"{at}: expires is more than a year away: {today + LONGEST} is the latest day, not {day}")
    return day
