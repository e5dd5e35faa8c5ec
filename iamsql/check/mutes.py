"""Mutes: accepted alarms and unknown results, each with an owner, a reason and an expiry date."""

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

from iamsql.catalog import CONFIG_FILE_NAME, Config
from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings.toml_file import read_toml
from iamsql.catalog.settings.untrusted_files import read_text
from iamsql.model import IamsqlError
from iamsql.render.cells import pluralize

MUTE_KEYS = ("control", "account", "resource", "owner", "reason", "expires")
MAX_KEY_CHARACTERS = 60  # characters of a key that an error repeats
MAX_TERM = timedelta(days=366)  # from the day on which the file is read; a leap year has 366 days
# ARNs of accounts, users and roles. A pattern that matches all ARNs of a partition matches everything.
PROBE_ARNS = tuple(
    (f"arn:{partition}:::000000000000", f"arn:{partition}:::999999999999", f"arn:{partition}:iam::123456789012:user/a",
     f"arn:{partition}:iam::876543210987:role/b")
    for partition in ("aws", "aws-cn", "aws-us-gov")
)  # fmt: skip


@dataclass(frozen=True)
class Mute:
    """A mute; `at` is its location, path:line."""

    at: str
    control: str
    account: str
    resource: str
    owner: str
    reason: str
    expires: date

    def row(self, position: int, today: date) -> dict[str, Any]:
        """Return the columns of the table of mutes; * and ? of the resource become % and _ of LIKE."""
        escaped = re.sub(r"([\\%_])", r"\\\1", self.resource)
        return {
            "position": position,
            "control": self.control,
            "account": self.account,
            "pattern": escaped.replace("*", "%").replace("?", "_"),
            "owner": self.owner,
            "reason": self.reason.rstrip("."),
            "expires": self.expires,
            "expired": self.expires < today,
        }


def read_mutes(paths: Sequence[Path], controls: Collection[str]) -> list[Mute]:
    """Return the mutes of CSV and TOML files. Raise IamsqlError with path:line for the first error.

    A mute may expire up to MAX_TERM after the current day.
    """
    today = datetime.now(UTC).date()
    return [
        _parse_mute(at, values, controls, today) for path in dict.fromkeys(paths) for at, values in _read_file(path)
    ]


def configured_mutes(settings: Config, controls: Collection[str]) -> list[Mute]:
    """Return the mutes of iamsql.toml: from the files that it names, and then from its own tables [[mutes]].

    Raise IamsqlError for the first invalid one.
    """
    today = datetime.now(UTC).date()
    tables = enumerate(settings.mutes, 1)
    own_mutes = [_parse_mute(f"{settings.path}: mutes {number}", table, controls, today) for number, table in tables]
    return [*read_mutes(settings.mute_files, controls), *own_mutes]


def local_mutes_note(valid: Collection[int], local: int, muted: int) -> list[str]:
    """Return a sentence if mutes of ./iamsql.toml hide findings.

    `valid` are the positions of the mutes that match a finding; the first `local` mutes are from ./iamsql.toml.
    """
    local_count = sum(position < local for position in valid)
    if not local_count or not muted:
        return []
    findings = pluralize(muted, "finding")
    mutes = "1 mute hides" if local_count == len(valid) == 1 else f"{local_count} mutes hide"
    if local_count < len(valid):
        mutes = f"{local_count} of its mutes and {len(valid) - local_count} of --mutes hide"
    return [f"./{CONFIG_FILE_NAME}: {mutes} {findings}."]


def _read_file(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix.lower() == ".csv":
        return _read_csv(path)
    if path.suffix.lower() == ".toml":
        return _read_toml(path)
    raise IamsqlError(f"{path}: a file of mutes must have the suffix .csv or .toml")


def _read_csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        if sorted(header) != sorted(MUTE_KEYS):
            raise IamsqlError(f"{path}:1: the first line must be {','.join(MUTE_KEYS)}")
        previous_line = lines.line_num
        for row in lines:
            at, previous_line = f"{path}:{previous_line + 1}", lines.line_num
            if row and len(row) != len(header):
                raise IamsqlError(f"{at}: {len(row)} fields, not {len(header)}")
            if row:
                yield at, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise IamsqlError(f"{path}:{lines.line_num}: {error}") from None


def _read_toml(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    tree = read_toml(path)
    # tomllib returns no line numbers: the n-th header belongs to the n-th table.
    header_lines = [
        number for number, line in enumerate(read_text(path).split("\n"), 1) if re.match(r"\s*\[\[\s*mute\s*\]\]", line)
    ]
    mutes = tree.get("mute", [])
    if set(tree) - {"mute"} or not isinstance(mutes, list) or len(header_lines) != len(mutes):
        raise IamsqlError(f"{path}:1: a file of mutes contains only [[mute]] tables")
    for line, mute in zip(header_lines, mutes, strict=True):
        yield f"{path}:{line}", mute


def _parse_mute(at: str, values: Mapping[str, Any], controls: Collection[str], today: date) -> Mute:
    """Return a mute. Raise IamsqlError for missing and invalid values."""
    if unknown := [key for key in values if key not in MUTE_KEYS]:
        raise IamsqlError(
            f"{at}: unknown key {unknown[0][:MAX_KEY_CHARACTERS]!r}{did_you_mean(unknown[0][:MAX_KEY_CHARACTERS], MUTE_KEYS)}"
        )
    texts = {key: str(values.get(key, "")).strip() for key in MUTE_KEYS}
    for key in MUTE_KEYS:
        if not texts[key]:
            raise IamsqlError(f"{at}: no {key}: a mute needs {', '.join(MUTE_KEYS[:-1])} and {MUTE_KEYS[-1]}")
    shortened_control = texts["control"][:MAX_KEY_CHARACTERS]
    if texts["control"] != "*" and texts["control"] not in controls:
        raise IamsqlError(f"{at}: no control named {shortened_control!r}{did_you_mean(shortened_control, controls)}")
    if not re.fullmatch(r"\*|\d{12}", texts["account"]):
        raise IamsqlError(f"{at}: account must be 12 digits or *, not {texts['account'][:MAX_KEY_CHARACTERS]!r}")
    control, account, resource, owner, reason, expires = (texts[key] for key in MUTE_KEYS)
    if control == account == "*" and _matches_every_account(resource):
        raise IamsqlError(f"{at}: this mute matches every finding: limit it to a control, an account or resources")
    return Mute(at, control, account, resource, owner, reason, _parse_expiry(at, expires, today))


def _matches_every_account(pattern: str) -> bool:
    """Return whether a pattern, such as *, ?* or arn:*, matches the resources of every account."""
    fnmatch_pattern = pattern.replace("[", "[[]")  # fnmatch has sets of characters, the resource of a mute does not
    return any(all(fnmatchcase(probe, fnmatch_pattern) for probe in probes) for probes in PROBE_ARNS)


def _parse_expiry(at: str, text: str, today: date) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError:
        raise IamsqlError(
            f"{at}: expires must be a date such as 2026-03-01, not {text[:MAX_KEY_CHARACTERS]!r}"
        ) from None
    if day - today > MAX_TERM:
        raise IamsqlError(f"{at}: expires is more than a year away: {today + MAX_TERM} is the latest day, not {day}")
    return day
