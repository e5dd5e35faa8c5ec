"""What a run was limited to, by its options and by what stopped it: an answer over it speaks of that part alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

from iamsql.coverage.gaps import ORGANIZATION
from iamsql.store.reader import Facts, Reader

ALL_TABLES = "all"
SHOWN = 3  # names of one option
CUT_OFF = "select count(*) from (from iamsql.coverage where error_code = 'max_calls' limit 1)"
OPTIONS = {
    "tables": ("tables", "--table"),
    "accounts": ("accounts", "--account"),
    "skip_accounts": ("without accounts", "--skip-account"),
    "ous": ("OUs", "--ou"),
    "skip_ous": ("without OUs", "--skip-ou"),
    "states": ("states", "--state"),
}


@dataclass(frozen=True)
class Scope:
    """What a run was limited to; all empty for a run of every account and of the tables that a sync collects by default.

    `max_calls` is the limit that cut the run off, 0 where it did not. `unlisted` is why the organization's accounts could
    not be listed. `lacks` names the tables that were not collected; a default run lacks those that are collected on demand.
    """

    tables: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    skip_accounts: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    skip_ous: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    max_calls: int = 0
    unlisted: str = ""
    trust_report: bool = False
    imported: bool = False
    lacks: tuple[str, ...] = ()

    @property
    def limits(self) -> tuple[Any, ...]:
        """Return what two runs must have in common to be compared as a whole."""
        return (*(frozenset(getattr(self, name)) for name in OPTIONS), bool(self.max_calls), bool(self.unlisted))

    @property
    def is_full(self) -> bool:
        """Tell whether nothing limited the run."""
        return self.limits == Scope().limits

    def holds(self, accounts: Collection[str]) -> bool:
        """Tell whether the run reads these accounts, all where none is named, as far as its options say."""
        if accounts and self.accounts:
            return set(accounts) <= set(self.accounts) and not (self.max_calls or self.skip_accounts or self.states)
        return not any(getattr(self, name) for name in OPTIONS if name != "tables") and not self.max_calls

    def words(self) -> str:
        """Say in a line what the run was limited to: `full` for nothing."""
        said = [f"{noun} {_listed(getattr(self, name))}" for name, (noun, _) in OPTIONS.items() if getattr(self, name)]
        said += [f"cut off by --max-calls {self.max_calls}"] if self.max_calls else []
        said += [f"organization not listed ({self.unlisted})"] if self.unlisted else []
        said += ["imported"] if self.imported else [] if said else ["full"]
        return "; ".join([*said, *(["--trust-report"] if self.trust_report else [])])

    def flags(self) -> str:
        """Spell the options that limited the run as they were typed."""
        return " ".join(
            f"{option} {one}" for name, (_, option) in OPTIONS.items() for one in _short(getattr(self, name))
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _short(names: Sequence[str]) -> list[str]:
    return [*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])]


def scope_of(reader: Reader, lacks: Collection[str] = ()) -> Scope:
    """Read from a run file what it was limited to."""
    cut_off = bool(reader.run(CUT_OFF).rows[0][0])
    unlisted = next((why for (why,) in reader.run(ORGANIZATION).rows), "")
    limits: dict[str, Any] = dict(_options(reader.facts))
    return Scope(
        **limits,
        max_calls=_number(reader.facts.options.get("max_calls")) if cut_off else 0,
        unlisted="" if reader.facts.options.get("import") else str(unlisted),
        trust_report=bool(reader.facts.options.get("trust_report")),
        imported=bool(reader.facts.options.get("import")),
        lacks=tuple(sorted(lacks)),
    )


def _options(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return the options that limit, as tuples of texts: a run file may be anybody's."""
    told = {name: facts.options.get(name) for name in OPTIONS}
    listed = {name: tuple(map(str, value)) if isinstance(value, list) else () for name, value in told.items()}
    return listed | ({"tables": ()} if ALL_TABLES in listed["tables"] else {})


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def read_scope(row: dict[str, Any]) -> Scope:
    """Make a scope of what was kept as JSON; raise ValueError or TypeError for what can be none."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    scope = Scope(**values)
    for one in fields(Scope):
        value, kind = getattr(scope, one.name), type(getattr(Scope(), one.name))
        if type(value) is not kind or (kind is tuple and not all(isinstance(word, str) for word in value)):
            raise ValueError(one.name)
    return scope
