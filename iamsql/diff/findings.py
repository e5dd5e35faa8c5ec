"""What a query or control finds in one run, by keys that hold from run to run, and the accounts that it cannot speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsql.catalog import Settings
from iamsql.catalog.params import near
from iamsql.check import Judging, Library, Wanted, judging
from iamsql.check.ground import made_once, stood_on
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import shadows
from iamsql.query.run import answer
from iamsql.render import json_text
from iamsql.store.lacks import EVERYWHERE, Accounts, accounts_of, lacks_of
from iamsql.store.read import Reader, open_run

NAMING = re.compile(r"(?!account_name$)(?:account_id|region|resource|arn|name|principal|.+_(?:arn|id|name))")
VERDICT = ("status", "resource", "reason", "account_id", "account_name", "region", "ident", "was", "muted")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Finding:
    """A row that a query or control gave; `value` is the whole row of a query as JSON."""

    account_id: str | None
    region: str | None
    name: str | None
    resource: str | None
    value: str | None = None
    reason: str | None = None


@dataclass
class Seen:
    """The findings of one query or control in one run, by key; `lacking` has the accounts that it cannot speak of."""

    run_id: str
    started: datetime
    accounts: Accounts
    found: dict[Key, list[Finding]] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    def add(self, key: Key, finding: Finding) -> None:
        """Keep a finding; several of one key are told apart by their number alone."""
        self.found.setdefault(key, []).append(finding)

    def why_not(self, account_id: str) -> str:
        """Say why nothing is known of an account; '' where it is, or where there is no such account."""
        if words := self.lacking.get(account_id) or self.lacking.get(EVERYWHERE):
            return words
        known = self.accounts.whole or account_id in self.accounts.names
        return "" if known else "not listed, for the organization could not be read"


Asker = Callable[[Path], dict[str, Seen]]


def of_query(query: Query, values: Mapping[str, Any], key: Sequence[str] = ()) -> Asker:
    """Give what asks a query of one run; `key` names the columns that make a finding the same."""

    def asked(path: Path) -> dict[str, Seen]:
        with closing(open_run(path, prelude=shadows(query.sql))) as reader:
            result = answer(query, values, path, opening=keeping(reader), whatever=True).result
            seen = _seen(reader)
            seen.lacking |= lacks_of(reader, stood_on(reader, query.sql), made_once())
            seen.key = _key_of(query, result, key)
            for row in result.rows:
                _add(seen, result, row)
            return {query.name: seen}

    return asked


def of_controls(
    library: Library, names: Sequence[str], args: Mapping[str, str], settings: Settings, mutes: tuple[Path, ...] = ()
) -> Asker:
    """Give what judges controls over one run; alarms are their findings, those that are muted too."""

    def asked(path: Path) -> dict[str, Seen]:
        with judged_of(library, names, args, Wanted(mutes=mutes), settings, path) as judged:
            told: dict[Any, str] = {}
            every: dict[str, Seen] = {}
            for one in judged.run():
                if one.place.job not in told:
                    told[one.place.job] = name = _label(one.place.query.name, one.place.values, every)
                    every[name] = seen = _seen(judged.reader)
                    if one.failure:
                        seen.lacking[EVERYWHERE] = one.failure.splitlines()[0]
                    for row in one.rows(VERDICT, ("alarm", "muted", "error", "skip")):
                        _judged(seen, row)
            return every

    return asked


def judged_of(
    library: Library, names: Sequence[str], args: Mapping[str, str], wanted: Wanted, settings: Settings, path: Path
) -> AbstractContextManager[Judging]:
    """Open one run to judge controls over it."""
    run = str(path.resolve())
    return judging(library, names, args=args, wanted=wanted, settings=settings, run=run, runs_dir=path.parent)


def _label(name: str, values: Mapping[str, Any], taken: Mapping[str, Any]) -> str:
    """Name a control; one that a benchmark has with other values again says them."""
    return f"{name} ({', '.join(f'{one}={value}' for one, value in values.items())})" if name in taken else name


def keeping(reader: Reader) -> Any:
    """Give an opening that keeps to a reader that is open already."""

    @contextmanager
    def opening(path: Path, **how: Any) -> Iterator[Reader]:
        yield reader

    return opening


def _seen(reader: Reader) -> Seen:
    facts, accounts = reader.facts, accounts_of(reader)
    if facts.started_at is None:
        raise IamsqlError(f"{reader.path} is no run of iamsql.\nSee the runs with: iamsql runs")
    return Seen(
        facts.run_id, facts.started_at, accounts, lacking=dict.fromkeys(sorted(accounts.unselected), "not selected")
    )


def _key_of(query: Query, result: Result, key: Sequence[str]) -> tuple[str, ...]:
    """Tell which columns make a finding the same: those that are named, else those that name things, else all."""
    if wrong := [one for one in key if one not in result.columns]:
        close = near(wrong[0], result.columns)
        raise IamsqlError(f"--key: {query.name} has no column {wrong[0]!r}{close} (it has {', '.join(result.columns)})")
    return tuple(key) or tuple(filter(NAMING.fullmatch, result.columns)) or result.columns


def _add(seen: Seen, result: Result, row: Sequence[Any]) -> None:
    held = dict(zip(result.columns, row, strict=True))
    names = [one for one in seen.key if one not in ("account_id", "region")]
    resource = next(
        (one for one in names if one in ("resource", "arn", "principal") or one.endswith(("_arn", "_id"))), ""
    )
    name = next((one for one in names if one == "name" or one.endswith("_name")), resource)
    cells = ", ".join(
        f"{json_text(column)}: {json_text(value, kind)}"
        for column, value, kind in zip(result.columns, row, result.types or [""] * len(row), strict=True)
    )
    account, region, called, thing = (_text(held.get(one)) for one in ("account_id", "region", name, resource))
    seen.add(tuple(_text(held[one]) for one in seen.key), Finding(account, region, called, thing, f"{{{cells}}}"))


def _judged(seen: Seen, row: Sequence[Any]) -> None:
    """Take in a verdict: an alarm, or one that makes the account unknown."""
    status, resource, reason, account_id, _, region, ident, was, _ = row
    if status == "alarm" or (status == "muted" and was == "alarm"):
        name = " ".join(filter(None, (str(resource).rpartition("/")[2], ident)))
        seen.add((account_id, region, resource, ident), Finding(account_id, region, name, resource, None, reason))
    elif "error" in (status, was) or _untried(seen, account_id, resource):
        seen.lacking.setdefault(account_id, str(reason).rstrip("."))


def _untried(seen: Seen, account_id: str, resource: str) -> bool:
    """Tell a verdict that says of an account as a whole that nobody could read it."""
    return account_id not in seen.accounts.read and str(resource).endswith(f":::{account_id}")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
