"""Send notices to targets, several at a time, and record after each message what was sent.

A target that fails does not stop the others. Each target retries its requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Any

from iamsql.automation.notify.attachments import DELIVERED_RUN
from iamsql.automation.notify.compare import Comparison
from iamsql.automation.notify.model import Change, DeliveryError, Message, MessageError, Notice, Target, no_findings
from iamsql.automation.notify.request import Delivery
from iamsql.automation.notify.state import Key, NotifyState
from iamsql.automation.notify.steps import Step
from iamsql.automation.problems import join_lines
from iamsql.check.finding_record import FindingRecord
from iamsql.model import IamsqlError

CONCURRENT_TARGETS = 8
MAX_LISTED_GROUPS = 10  # groups that an error lists
Preview = Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True)
class Order:
    """A target with the comparisons that it still needs; `comparisons` has a comparison for each step."""

    target: Target
    key: Key
    steps: Sequence[Step]
    comparisons: Sequence[Comparison]


class Deliverer:
    """Sends notices, or shows them with `preview` and records nothing."""

    def __init__(self, state: NotifyState, kinds: Sequence[str], preview: Preview | None = None) -> None:
        """Store what is the same for all targets."""
        self._state, self._kinds, self._preview = state, kinds, preview

    def deliver(self, first_orders: Sequence[Order], other_orders: Sequence[Order], link: str) -> list[Delivery]:
        """Deliver to the targets of `first` in turn, and then to the others, with `link` or the first link of these targets.

        Return the deliveries in the order of the targets.
        """
        deliveries = [self._deliver_to_target(order, link) for order in first_orders]
        shared_link = link or next(filter(None, (getattr(order.target, "link", "") for order in first_orders)), "")
        # A preview prints the messages of a target together.
        with ThreadPoolExecutor(1 if self._preview else CONCURRENT_TARGETS, "notify") as threads:
            # The context has the limits of statements.
            futures = [
                threads.submit(copy_context().run, self._deliver_to_target, order, shared_link)
                for order in other_orders
            ]
        return [*deliveries, *(future.result() for future in futures)]

    def _deliver_to_target(self, order: Order, link: str) -> Delivery:
        changes = messages = 0
        reply, errors = "", dict[str, str]()  # by group; '' is the whole target
        for step, comparison in zip(order.steps, order.comparisons, strict=True):
            DELIVERED_RUN.set(step.run)
            notice = self._notice_for_target(order, step, comparison, link)
            changes += len(notice.changes)
            owed_groups: set[str] = set()
            try:
                for message in self._unsent_messages(order, step, notice):
                    try:
                        reply = self._send_message(order, step, message)
                        messages += 1
                    except MessageError as error:  # the other messages can still be delivered
                        errors.setdefault(message.group, _one_line_message(error))
                        if error.is_final:
                            self._state.add(order.key, step.run, message.settles)
                        else:
                            owed_groups.add(message.group)
            except IamsqlError as error:  # also for a file that the target needs
                errors[""] = _one_line_message(error)
            if "" in errors:  # the next run is compared with this one, once it is delivered
                break
            if not self._preview:
                self._state.complete(order.key, step.run, step.with_all, owed_groups)
        sent_status = "preview" if self._preview else "sent"
        status = "failed" if errors else sent_status if messages else "nothing new"
        return Delivery(order.target.label, status, changes, messages, _error_detail(errors) or reply)

    def _send_message(self, order: Order, step: Step, message: Message) -> str:
        """Send or show a message, and return what the target answered."""
        if self._preview:
            self._preview({"target": order.target.label, "operation": message.operation, "body": message.body})
            return message.about
        reply = order.target.send(message)
        self._state.add(order.key, step.run, message.settles)
        return reply

    def _unsent_messages(self, order: Order, step: Step, notice: Notice) -> Iterator[Message]:
        """Yield the messages that the target did not receive yet."""
        state, run_id = self._state.of(order.key), step.run[1].run_id
        for message in order.target.messages(notice):
            if not message.settles or not all(
                state.has(run_id, settled_fingerprint) for settled_fingerprint in message.settles
            ):
                yield message

    def _notice_for_target(self, order: Order, step: Step, comparison: Comparison, link: str) -> Notice:
        """Return the notice of a step for a target: the selected kinds, without what the target received."""
        notice, state, run_id = comparison.notice, self._state.of(order.key), step.run[1].run_id
        all_findings = _AllFindings(order, step, "opened" in self._kinds)
        changes = [*notice.changes, *(comparison.first_known if order.target.takes_all else ())]

        def unsent() -> Iterator[FindingRecord]:
            records = (record for record in notice.open_findings() if all_findings.include(record.account_id))
            return (record for record in records if not state.has(run_id, record.fingerprint))

        return replace(
            notice,
            changes=[
                change
                for change in changes
                if change.change_type in self._kinds
                and not all_findings.omits(change)
                and not state.has(run_id, change.fingerprint)
            ],
            notes=[*notice.notes, *step.notes],
            link=link,
            open_findings=unsent if all_findings else no_findings,
        )


class _AllFindings:
    """Decides for which accounts a target receives all open findings: all accounts, or the accounts of the owed groups."""

    def __init__(self, order: Order, step: Step, is_selected: bool) -> None:
        self._group = getattr(order.target, "group_of", str)
        self._step, self._is_selected = step, is_selected

    def __bool__(self) -> bool:
        return self._is_selected and (self._step.with_all or bool(self._step.owed))

    def include(self, account_id: str) -> bool:
        """Return whether the open findings of an account are sent."""
        return self._step.with_all or self._group(account_id) in self._step.owed

    def omits(self, change: Change) -> bool:
        """Return whether to omit a change: it is among the open findings, or the target received it before for this run."""
        is_included = self.include(change.account_id)
        if self._step.is_repeated and not is_included:
            return True
        return bool(self) and is_included and change.change_type == "opened"


def _error_detail(errors: Mapping[str, str]) -> str:
    """Return the first error, and the other groups that failed; '' without errors."""
    if not errors:
        return ""
    first_group, *other_groups = errors
    omitted = f" and {len(other_groups) - MAX_LISTED_GROUPS} more" if len(other_groups) > MAX_LISTED_GROUPS else ""
    failed_groups = [group for group in other_groups if group][:MAX_LISTED_GROUPS]
    return errors[first_group] + (f" Also failed: {', '.join(failed_groups)}{omitted}." if failed_groups else "")


def _one_line_message(error: IamsqlError) -> str:
    """Return the message of an error on one line."""
    prefix = "" if isinstance(error, DeliveryError) else "not delivered: "
    return prefix + join_lines(str(error))
