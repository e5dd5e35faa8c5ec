"""The scope of a run: the limits that its options set, and the limit that stopped it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from iamsql.catalog import shortened_list
from iamsql.catalog.settings.option_types import shard
from iamsql.model import IamsqlError
from iamsql.runs.coverage.summary import ORGANIZATION
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader

ALL_TABLES = "all"
MAX_LISTED = 3  # values of one option that a sentence lists
CUT_OFF = "select count(*) from (from iamsql.coverage where error_code = 'max_calls' limit 1)"
OPTIONS = {
    "tables": ("tables", "--table"),
    "accounts": ("accounts", "--account"),
    "skip_accounts": ("without accounts", "skip_accounts"),
    "ous": ("OUs", "--ou"),
    "skip_ous": ("without OUs", "skip_ous"),
    "states": ("states", "states"),
}


@dataclass(frozen=True)
class Scope:
    """The limits of a run; all fields are empty for a run of every account and of the default tables.

    - `max_calls`: the limit that stopped the run, or 0.
    - `unlisted`: why the accounts of the organization could not be listed.
    - `uncollected`: the tables that were not collected; in a default run, the on-demand tables.
    - `shard`: the number of the shard and the number of shards, such as 3/8.
    - `trail`: whether the events come from a trail. Otherwise, they are looked up by their names.
    - `events`: the additional names of --event.
    """

    tables: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    skip_accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    skip_ous: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    shard: str = ""
    max_calls: int = 0
    unlisted: str = ""
    trust_report: bool = False
    imported: bool = False
    trail: bool = False
    events: tuple[str, ...] = ()
    uncollected: tuple[str, ...] = ()

    @property
    def limits(self) -> tuple[Any, ...]:
        """Return the limits as a value that is equal for two runs with comparable data."""
        options = (frozenset(getattr(self, name)) for name in OPTIONS)
        return (*options, self.shard, bool(self.max_calls), bool(self.unlisted))

    @property
    def is_full(self) -> bool:
        """Return whether nothing limited the run."""
        return not (self.shard or self.max_calls or self.unlisted or any(getattr(self, name) for name in OPTIONS))

    def includes(self, accounts: Collection[str]) -> bool:
        """Return whether the options of the run include these accounts, or all accounts for ()."""
        others = [name for name in OPTIONS if name not in ("tables", "accounts")]
        if self.shard or self.max_calls or any(getattr(self, name) for name in others):
            return False
        return not self.accounts or (bool(accounts) and set(accounts) <= set(self.accounts))

    def words(self) -> str:
        """Return the scope in a line, `full` for a run that nothing limited."""
        parts = [
            f"{noun} {shortened_list(getattr(self, name), MAX_LISTED)}"
            for name, (noun, _) in OPTIONS.items()
            if getattr(self, name)
        ]
        parts = [*([f"shard {self.shard.replace('/', ' of ')}"] if self.shard else []), *parts]
        parts += [f"stopped by --max-calls {self.max_calls}"] if self.max_calls else []
        parts += [f"organization not listed ({self.unlisted})"] if self.unlisted else []
        parts += ["imported"] if self.imported else [] if parts else ["full"]
        return "; ".join([*parts, *(["trust_report"] if self.trust_report else [])])

    def flags(self) -> str:
        """Return the options that limited the run, as typed in a shell or named in iamsql.toml."""
        shard = [f"--shard {self.shard}"] if self.shard else []
        limits = [
            f"{option} {value}" for name, (_, option) in OPTIONS.items() for value in _shorten_list(getattr(self, name))
        ]
        return " ".join([*shard, *limits])


def _shorten_list(names: Sequence[str]) -> list[str]:
    return [*names[:MAX_LISTED], *(["…"] if len(names) > MAX_LISTED else [])]


def run_scope(reader: Reader, uncollected: Collection[str] = ()) -> Scope:
    """Return the scope of an open run. `uncollected` has the tables that it did not collect."""
    cut_off = bool(reader.query(CUT_OFF)[0][0])
    unlisted = next((reason for (reason,) in reader.query(ORGANIZATION)), "")
    limits: dict[str, Any] = dict(_limiting_options(reader.metadata))
    return Scope(
        **limits,
        shard=shard_option(reader.metadata),
        max_calls=_positive_number(reader.metadata.options.get("max_calls")) if cut_off else 0,
        unlisted="" if reader.metadata.options.get("import") else str(unlisted),
        trust_report=bool(reader.metadata.options.get("trust_report")),
        imported=bool(reader.metadata.options.get("import")),
        trail=bool(reader.metadata.options.get("trail")),
        events=_to_strings(reader.metadata.options.get("events")),
        uncollected=tuple(sorted(uncollected)),
    )


def shard_option(metadata: RunMetadata) -> str:
    """Return the shard that a run is, such as 3/8; '' for a complete run. The file may contain another value."""
    with suppress(IamsqlError):
        return shard("--shard", str(metadata.options.get("shard")))
    return ""


def _limiting_options(metadata: RunMetadata) -> dict[str, tuple[str, ...]]:
    """Return the options that limit a run as tuples of text. The file may contain values of other types."""
    values = {name: _to_strings(metadata.options.get(name)) for name in OPTIONS}
    return values | ({"tables": ()} if ALL_TABLES in values["tables"] else {})


def _to_strings(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _positive_number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 1  # 0 would mean that no limit stopped the run


def read_scope(row: dict[str, Any]) -> Scope:
    """Return the scope that was stored as JSON. Raise ValueError or TypeError for anything else."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    scope = Scope(**values)
    for entry in fields(Scope):
        value, expected_type = getattr(scope, entry.name), type(getattr(Scope(), entry.name))
        if type(value) is not expected_type or (
            expected_type is tuple and not all(isinstance(text, str) for text in value)
        ):
            raise ValueError(entry.name)
    return scope
