"""The top of the page: the verdict in words, the numbers, what changed in them, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from iamsql.report.account_map import READ_OUTCOMES
from iamsql.report.charts.sparkline import sparkline
from iamsql.report.contents import Contents, Number
from iamsql.report.html.phrases import Phrases

LARGE_NUMBER_KEYS = ("alarms_critical", "alarms_high", "risky_admins", "accounts_missing")
# The rows that a key number counts, as a fragment of the address: a section, and the filters of its table.
ROW_ADDRESSES = {
    "accounts_read": "section=map",
    "accounts_missing": "section=skipped",
    "users": "section=users",
    "active_keys": "access-keys.status=Active&section=access-keys",
    "old_keys": "access-keys.status=Active&access-keys.sort=-age_days&section=access-keys",
    "users_without_mfa": "users.password=true&users.mfa=none&section=users",
    "root_keys": "access-keys.q=%3Croot_account%3E&section=access-keys",
    "risky_admins": "section=escalation",
    **{
        f"alarms_{level}": f"findings.severity={level}&findings.status=alarm&section=findings"
        for level in ("critical", "high", "medium", "low")
    },
    "unknown": "findings.status=error&section=findings",
}
# A reference to a command, which a reader of the page may not have: the page has a section about it.
POINTER_PATTERN = re.compile(r"[.;]? (?:See|See also): iamsql query skipped_accounts\.?$")


@dataclass(frozen=True)
class Card:
    """A key number. `css_class` colors it: alarm, unknown or ''. `rows` is the address of the rows that it counts."""

    key: str
    css_class: str
    value: int | None
    is_complete: bool
    trend: str
    rows: str
    is_large: bool


@dataclass(frozen=True)
class Change:
    """A key number in the last comparable run and in this one; `is_worse` is None if it is neither worse nor better."""

    key: str
    before: int
    after: int
    is_worse: bool | None

    @property
    def sign(self) -> str:
        """Return the difference with its sign."""
        change = self.after - self.before
        return f"{'+' if change > 0 else chr(0x2212)}{abs(change):,}"


@dataclass(frozen=True)
class Since:
    """What changed in the key numbers since `at`, the start of the last comparable run; None without one."""

    at: datetime | None
    changes: Sequence[Change]


def cards(numbers: Sequence[Number], say: Phrases) -> list[Card]:
    """Return the key numbers as cards, the large ones first."""
    unsorted_cards = [_build_card(number, say) for number in numbers]
    return sorted(
        unsorted_cards, key=lambda card: LARGE_NUMBER_KEYS.index(card.key) if card.is_large else len(LARGE_NUMBER_KEYS)
    )


def _build_card(number: Number, say: Phrases) -> Card:
    values = [value for _, value in number.trend]
    trend = sparkline(say.phrase("trend", name=say.phrase(f"number.{number.key}")), values) if len(values) > 1 else ""
    is_alarm = number.key in ("alarms_critical", "alarms_high", "risky_admins")
    css_class = "unknown" if number.key in ("unknown", "accounts_missing") else "alarm" if is_alarm else ""
    css_class = css_class if number.value else ""
    return Card(
        number.key,
        css_class,
        number.value,
        number.is_complete,
        trend,
        ROW_ADDRESSES[number.key],
        number.key in LARGE_NUMBER_KEYS,
    )


def since(numbers: Sequence[Number]) -> Since:
    """Return the changes of the key numbers since the last comparable run."""
    times = [number.trend[-2][0] for number in numbers if len(number.trend) > 1]
    return Since(times[0] if times else None, list(_find_changes(numbers)))


def _find_changes(numbers: Sequence[Number]) -> Iterator[Change]:
    for number in numbers:
        if len(number.trend) < 2:
            continue
        (_, before), (_, after) = number.trend[-2:]
        if before is not None and after is not None and before != after:
            is_neutral = number.key in ("users", "active_keys", "accounts_read")
            yield Change(number.key, before, after, None if is_neutral else after > before)


def verdict(contents: Contents, say: Phrases) -> list[str]:
    """Return the state of the organization as sentences."""
    number_by_key = {item.key: item for item in contents.numbers}
    total, unread_accounts = sum(contents.outcomes.values()), number_by_key["accounts_missing"].value or 0
    accounts = sum(bool(row.alarms) for row in contents.account_map)
    sentences = [_alarm_sentence(number_by_key, accounts, say)]
    if risky_admins := number_by_key["risky_admins"].value:
        sentences.append(
            say.phrase("verdict.admin" if risky_admins == 1 else "verdict.admins", number=f"{risky_admins:,}")
        )
    elif risky_admins is None:
        sentences.append(say.phrase("verdict.admins_unknown"))
    if unread_accounts:
        sentences.append(say.phrase("verdict.missing", missing=f"{unread_accounts:,}", all=f"{total:,}"))
    elif contents.outcomes and all(outcome == READ_OUTCOMES[0] for outcome in contents.outcomes):
        sentences.append(say.phrase("verdict.all", all=f"{total:,}"))
    return sentences


def _alarm_sentence(number_by_key: Mapping[str, Number], accounts: int, say: Phrases) -> str:
    critical, high = number_by_key["alarms_critical"].value, number_by_key["alarms_high"].value
    if critical is None or high is None:
        return say.phrase("verdict.unknown")
    if not critical and not high:
        is_complete = number_by_key["alarms_critical"].is_complete and number_by_key["alarms_high"].is_complete
        return say.phrase("verdict.none" if is_complete else "verdict.none_known")
    phrase_key = "verdict.alarm" if critical + high == 1 else "verdict.alarms"
    where = say.phrase("verdict.account" if accounts == 1 else "verdict.accounts", number=f"{accounts:,}")
    return say.phrase(phrase_key, critical=f"{critical:,}", high=f"{high:,}", where=where)


def missing_data(contents: Contents, say: Phrases) -> list[str]:
    """Return the sentences of the banner about missing data; [] if nothing is missing."""
    outcomes, total = contents.outcomes, sum(contents.outcomes.values())
    incomplete_accounts = outcomes.get(READ_OUTCOMES[1], 0)
    unread_accounts = total - incomplete_accounts - outcomes.get(READ_OUTCOMES[0], 0)
    unknown_controls = len(
        {control.name for control in contents.controls if control.failure or control.counts.get("error")}
    )
    sentences = []
    if unread_accounts or incomplete_accounts:
        parts = {"banner.missing": unread_accounts, "banner.incomplete": incomplete_accounts}
        phrases = [say.phrase(key, number=f"{number:,}") for key, number in parts.items() if number]
        sentences.append(say.phrase("banner.accounts", all=f"{total:,}", parts=say.phrase("banner.and").join(phrases)))
    if unknown_controls:
        sentences.append(
            say.phrase("banner.control" if unknown_controls == 1 else "banner.controls", number=f"{unknown_controls:,}")
        )
    return sentences


def all_caveats(contents: Contents) -> list[str]:
    """Return every sentence about missing data once, without references to commands that only repeat this page."""
    lines = [*contents.heading.caveats, *(line for note in contents.incomplete.values() for line in note.splitlines())]
    return list(dict.fromkeys(without_pointer(line) for line in lines))


def without_pointer(line: str) -> str:
    """Return a sentence about missing data without the command that lists it."""
    return POINTER_PATTERN.sub(".", line)
