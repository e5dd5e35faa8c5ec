"""The words of a notification: its subject, its plain text, and its structure for chats and HTML mail.

All targets send the same sentences, which are defined here. Every text counts unknown data, and never calls it fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from iamsql.automation.notify.message.formatting import (
    MAX_NAME_CHARACTERS,
    account_name,
    counted_changes,
    format_minute,
    severity_order,
    shorten,
    unread_phrase,
)
from iamsql.automation.notify.message.listing import listings
from iamsql.automation.notify.model import KINDS, Change, Notice, RunSummary, UnreadAccount
from iamsql.escaping import printable
from iamsql.render.cells import pluralize

# SNS: a subject has fewer than 100 ASCII characters, begins with a letter or number, and has no control characters (API
# reference of Publish).
MAX_SUBJECT_CHARACTERS = 99
MAX_NOTES = 5  # notes in a message

Payload = TypeVar("Payload")


@dataclass(frozen=True)
class Item:
    """A change or an account in words: `label` is its severity or '', `details` are phrases about it. All is printable."""

    label: str
    title: str
    details: Sequence[str]


@dataclass(frozen=True)
class Group:
    """A section of a notification: the changes of one type, or the accounts that were not read.

    `group_type`: a type of change (`model.KINDS`), or `unread`.
    `items`: the first changes or accounts. `omitted`: the number of the other changes or accounts.
    """

    group_type: str
    title: str
    items: Sequence[Item]
    omitted: int = 0

    @property
    def rest(self) -> str:
        """Return `and N more` for the changes or accounts that are not in `items`; '' if there are none."""
        return f"and {self.omitted:,} more" if self.omitted else ""


@dataclass(frozen=True)
class Grouped:
    """A notice in words. `numbers` and `closing` are sentences; `link` is the URL of the report, '' without one."""

    subject: str
    numbers: Sequence[str]
    groups: Sequence[Group]
    closing: Sequence[str]
    link: str


def subject(notice: Notice) -> str:
    """Return the most urgent facts of a notice as a line of at most 99 ASCII characters, as SNS requires."""
    default = "no changes" if notice.earlier else _first_run_phrase(notice)
    first_phrase, *other_phrases = _changes_in_words(notice) or [default]
    missing_data = _missing_data_phrases(notice)
    organization = f" {_replace_non_ascii(notice.run.organization_id)}" if notice.run.organization_id else ""
    if len(_format_subject(organization, [first_phrase, *missing_data])) > MAX_SUBJECT_CHARACTERS:
        organization = ""
    phrases = [first_phrase]
    for phrase in other_phrases:
        if len(_format_subject(organization, [*phrases, phrase, *missing_data])) <= MAX_SUBJECT_CHARACTERS:
            phrases.append(phrase)
    return _format_subject(organization, [*phrases, *missing_data])[:MAX_SUBJECT_CHARACTERS]


def plain_text(notice: Notice, limit: int) -> str:
    """Return a notice as lines of text, with at most `limit` changes and as many accounts."""
    return "\n".join(_text_lines(group_changes(notice, limit))) + "\n"


def group_changes(notice: Notice, limit: int) -> Grouped:
    """Return a notice in words, with at most `limit` changes, the most severe first, and as many accounts that were not read."""
    return Grouped(
        subject(notice),
        list(_number_sentences(notice)),
        [*_groups_of_changes(notice, limit), *_group_of_unread_accounts(notice.unread_accounts, limit)],
        list(_closing_sentences(notice)),
        printable(notice.link),
    )


def has_news(notice: Notice) -> bool:
    """Return whether there is something to say: a change, or the first run."""
    return bool(notice.changes) or notice.earlier is None


def largest_payload(
    notice: Notice, limit: int, build: Callable[[Grouped], Payload], fits: Callable[[Payload], bool]
) -> Payload:
    """Return the payload with the most changes and accounts, at most `limit`, that fits; if none fits, without changes."""
    lowest, highest = 0, max(min(limit, max(len(notice.changes), len(notice.unread_accounts))), 0)
    best = build(group_changes(notice, highest))
    if fits(best):
        return best
    best = build(group_changes(notice, lowest))
    while highest - lowest > 1:
        middle = (lowest + highest) // 2
        payload = build(group_changes(notice, middle))
        if fits(payload):
            lowest, best = middle, payload
        else:
            highest = middle
    return best


def _replace_non_ascii(text: str) -> str:
    return printable(text).encode("ascii", "backslashreplace").decode()


def _format_subject(organization: str, parts: Sequence[str]) -> str:
    return f"iamsql{organization}: {', '.join(parts)}"


def _changes_in_words(notice: Notice) -> list[str]:
    counts = notice.counts
    return [
        f"{counted_changes(change_type, counts[change_type])}{_worst_severity_phrase(notice, change_type)}"
        for change_type in KINDS
        if counts[change_type]
    ]


def _missing_data_phrases(notice: Notice) -> list[str]:
    if notice.unread_accounts:
        return [unread_phrase(notice.unread_accounts)]
    return [pluralize(notice.unknown_results, "unknown result")] if notice.unknown_results else []


def _worst_severity_phrase(notice: Notice, change_type: str) -> str:
    critical_count = sum(
        change.severity == "critical" for change in notice.changes if change.change_type == change_type == "opened"
    )
    return f" ({critical_count:,} critical)" if critical_count else ""


def _first_run_phrase(notice: Notice) -> str:
    return f"first run, {pluralize(sum(notice.open_alarms.values()), 'open alarm')}"


def _number_sentences(notice: Notice) -> Iterator[str]:
    counts = notice.counts
    changes = [counted_changes(change_type, counts[change_type]) for change_type in KINDS if counts[change_type]]
    is_data_missing = bool(_missing_data_phrases(notice))
    if changes:
        yield f"Changes: {', '.join(changes)}."
    elif notice.earlier:
        yield "No changes in the data that was read." if is_data_missing else "No changes."
    else:
        yield "This is the first run: there is no earlier run to compare it with."
    alarms = sorted(notice.open_alarms.items(), key=lambda pair: severity_order(pair[0]))
    open_alarms = ", ".join(f"{number:,} {shorten(severity)}" for severity, number in alarms if number)
    yield f"Open alarms: {open_alarms or ('none in the data that was read' if is_data_missing else 'none')}."
    if notice.unknown_results:
        yield f"Unknown results: {notice.unknown_results:,}, because their data is missing."
    unread_text = f"; {unread_phrase(notice.unread_accounts)}" if notice.unread_accounts else ""
    yield f"Accounts: {notice.run.accounts_read:,} of {notice.run.accounts:,} read in full or in part{unread_text}."


def _groups_of_changes(notice: Notice, limit: int) -> Iterator[Group]:
    for listing in listings(notice.changes, limit):
        items = [_change_item(change, notice) for change in listing.changes]
        title = counted_changes(listing.change_type, listing.total)
        yield Group(listing.change_type, title, items, listing.total - len(items))


def _change_item(change: Change, notice: Notice) -> Item:
    region = f"region {shorten(change.region)}" if change.region not in ("", "global") else ""
    is_older = change.first_seen is not None and change.first_seen != notice.run.started_at
    first_seen = f"first seen {format_minute(change.first_seen)}" if is_older and change.first_seen else ""
    account = f"account {account_name(change.account_id, change.account_name)}" if change.account_id else ""
    label = change.severity if change.change_type in ("opened", "resolved") else ""
    is_earlier = (
        change.change_type == "resolved" and change.reason and change.finding and change.reason == change.finding.reason
    )
    reason = f"before: {shorten(change.reason)}" if is_earlier else shorten(change.reason)
    details = (shorten(change.resource), account, region, reason, first_seen)
    title = shorten(change.title or change.resource or change.change_type)
    return Item(shorten(label), title, [detail for detail in details if detail])


def _group_of_unread_accounts(accounts: Sequence[UnreadAccount], limit: int) -> Iterator[Group]:
    if accounts:
        items = [_unread_item(account) for account in accounts[: max(limit, 0)]]
        some = "some of their" if any(account.outcome == "incomplete" for account in accounts) else "their"
        title = f"{unread_phrase(accounts)}; {some} changes are unknown"
        yield Group("unread", title, items, len(accounts) - len(items))


def _unread_item(account: UnreadAccount) -> Item:
    reason = shorten(account.reason or account.outcome)
    details = [reason, *(["read in the earlier run"] if account.is_new else [])]
    name = account_name(account.account_id, account.account_name) or "an account without an ID"
    return Item("", name, [detail for detail in details if detail])


def _closing_sentences(notice: Notice) -> Iterator[str]:
    if notice.benchmarks:
        yield f"Benchmarks: {shorten(', '.join(notice.benchmarks))}."
    notes = [shorten(note, 2 * MAX_NAME_CHARACTERS) for note in notice.notes if note]
    yield from notes[:MAX_NOTES]
    if len(notes) > MAX_NOTES:
        yield f"{pluralize(len(notes) - MAX_NOTES, 'more note')}."
    run = _run_phrase(notice.run)
    yield f"Runs compared: {_run_phrase(notice.earlier)}, and {run}." if notice.earlier else f"Run: {run}."


def _run_phrase(run: RunSummary) -> str:
    return f"{shorten(run.run_id)} of {format_minute(run.started_at)}"


def _text_lines(content: Grouped) -> Iterator[str]:
    yield content.subject
    yield ""
    yield from content.numbers
    for group in content.groups:
        yield ""
        yield f"{group.title}:" if group.items or group.rest else group.title
        for item in group.items:
            yield f"- {item.label and f'[{item.label}] '}{item.title}"
            yield from (f"  {detail}" for detail in item.details)
        if group.rest:
            yield f"- {group.rest}"
    yield ""
    yield from content.closing
    if content.link:
        yield f"Report: {content.link}"
