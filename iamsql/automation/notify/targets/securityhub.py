"""Import findings into Security Hub: opened ones as new, resolved ones as passed and archived.

Security Hub accepts findings for an account's default product only from that account. iamsql imports them with a role in each
account, or all into one account, with the resources of the member accounts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from iamsql.automation.notify.aws_requests import PAUSES, AwsTarget, concerns_all, delivering
from iamsql.automation.notify.finding_batches import FindingBatches
from iamsql.automation.notify.model import DeliveryError, Message, MessageError, Notice, TargetContext
from iamsql.check.finding_record import FindingOrigin
from iamsql.check.outputs import asff
from iamsql.escaping import printable

MEMBER, ADMINISTRATOR = "member", "administrator"
ACCOUNTS = re.compile(rf"{MEMBER}|{ADMINISTRATOR}|[0-9]{{12}}")
ROLE = "iamsql-securityhub"
ROLE_NAME = re.compile(r"(?:[A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}")  # with its path
RATE, BURST = 10.0, 30.0  # requests per second, account and region (Security Hub Partner Integration Guide)
# Codes of single findings that another attempt may import. The API reference lists no codes: these are assumed from the
# exceptions of the operation.
RETRIED = ("InternalException", "InternalError", "ThrottlingException", "LimitExceededException")
NOT_ENABLED = "Enable Security Hub in this account and region, or choose the region with securityhub_region."
HINTS = {"InvalidAccessException": NOT_ENABLED, "InvalidAccess": NOT_ENABLED}
RESOLVED = {"RecordState": "ARCHIVED"}
Finding = dict[str, Any]


@dataclass
class SecurityHubTarget(AwsTarget):
    """Security Hub in a region. `account` is member for each member account, administrator for the caller's, or an account ID.

    `takes_all`: the first delivery imports every open finding.
    """

    label: str
    context: TargetContext
    region: str
    role: str
    account: str
    takes_all: bool = True
    _refused: dict[str, str] = field(default_factory=dict, repr=False)
    _pace: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield requests with the findings that opened or were resolved, and with all open findings if the notice has them."""
        batches = FindingBatches()
        for finding, settles in self._findings_to_import(notice):
            for batch in batches.add(finding, settles):
                yield _import_message(batch.findings, batch.settles)
        for batch in batches.rest():
            yield _import_message(batch.findings, batch.settles)

    def send(self, message: Message) -> str:
        """Import the findings of an account. Raise MessageError, which names the account, if some are not accepted.

        After an error of the role or of the request, the other findings of the account are not tried. Raise DeliveryError if
        the findings of other accounts would fail for the same reason.
        """
        findings = message.body["Findings"]
        account = str(findings[0]["AwsAccountId"])
        if account not in self._refused:
            try:
                self._import_findings(account, findings)
            except DeliveryError as error:
                if isinstance(error, MessageError) or concerns_all(error):
                    raise
                self._refused[account] = f"Account {account}: {error}"
        if account in self._refused:
            raise MessageError(self._refused[account])
        return f"{len(findings)} findings of account {account}"

    def group_of(self, account_id: str) -> str:
        """Return the account that imports the findings of an account."""
        return self._importing_account() or account_id

    def _importing_account(self) -> str:
        """Return the account that imports all findings; '' if each account imports its own."""
        with delivering("sts:GetCallerIdentity", "*"):
            return self.clients.account if self.account == ADMINISTRATOR else self.account.removeprefix(MEMBER)

    def _findings_to_import(self, notice: Notice) -> Iterator[tuple[Finding, str]]:
        """Yield findings, each with the fingerprint that it settles."""
        run = notice.run
        origin = FindingOrigin(run.run_id, run.started_at, run.organization_id, run.partition)
        importer = self._importing_account()
        excluded_accounts = () if importer else notice.inactive  # no role can be assumed there
        convert = partial(
            asff.finding, origin=origin, region=self.region or self.clients.region, product_account=importer
        )
        for change in notice.changes:
            if (
                change.finding
                and change.change_type in ("opened", "resolved")
                and change.account_id not in excluded_accounts
            ):
                resolved = RESOLVED if change.change_type == "resolved" else {}
                yield convert(change.finding) | resolved, change.fingerprint
        for record in (record for record in notice.open_findings() if record.account_id not in excluded_accounts):
            yield convert(record), record.fingerprint

    def _import_findings(self, account: str, findings: Sequence[Finding]) -> None:
        """Import findings. Repeat the findings that failed with a code of RETRIED."""
        product, remaining, response = str(findings[0]["ProductArn"]), list(findings), {}
        client = self._client_for_account(account, product)
        for pause in (*PAUSES, 0.0):
            self._wait_for_quota(account)
            with delivering("securityhub:BatchImportFindings", product, HINTS):
                response = client.batch_import_findings(Findings=remaining)
            failed = {item["Id"]: item for item in response.get("FailedFindings", ())}
            if not failed:
                return
            if not all(item.get("ErrorCode") in RETRIED for item in failed.values()):
                break
            remaining = [finding for finding in remaining if finding["Id"] in failed]
            time.sleep(pause)
        rejected = MessageError(_rejection_text(account, response["FailedFindings"], len(findings)))
        rejected.is_final = not any(item.get("ErrorCode") in (*RETRIED, *HINTS) for item in failed.values())
        raise rejected

    def _client_for_account(self, account: str, product: str) -> Any:
        """Return a client with the credentials of an account: the caller's own, or the credentials of the role."""
        _, partition, _, region, *_ = product.split(":")
        role = f"arn:{partition}:iam::{account}:role/{self.role}"
        with delivering("sts:AssumeRole", role):
            if self.clients.account == account:
                return self.clients.client("securityhub", region)
            return self.clients.client("securityhub", region, role, str(self.context.settings.get("external_id") or ""))

    def _wait_for_quota(self, account: str) -> None:
        """Wait until the quota of the account allows another request."""
        now = time.monotonic()
        tokens, since = self._pace.get(account, (BURST, now))
        tokens = min(BURST, tokens + (now - since) * RATE) - 1
        if tokens < 0:
            time.sleep(-tokens / RATE)
        self._pace[account] = (tokens, now)


def open_target(text: str, context: TargetContext) -> SecurityHubTarget:
    """Return the target. Raise DeliveryError for a text after `securityhub`, or for settings that are not valid."""
    account = str(context.settings.get("securityhub_account") or MEMBER)
    role = str(context.settings.get("securityhub_role") or ROLE)
    if text:
        raise DeliveryError(f"securityhub has no argument, but {printable(text)!r} was given.\nUse: securityhub")
    if not ACCOUNTS.fullmatch(account):
        raise DeliveryError(
            f"securityhub_account is {printable(account)!r}.\n"
            "Use member, to import into each account, administrator, for the caller's account, or the ID of an account."
        )
    if not ROLE_NAME.fullmatch(role):
        raise DeliveryError(
            f"securityhub_role is {printable(role)!r}, which is not the name of a role.\nExample: {ROLE}"
        )
    region = str(context.settings.get("securityhub_region") or "")
    # Another region or account has none of the findings that were imported before: it is another target.
    label = ":".join(part for part in ("securityhub", account.removeprefix(MEMBER), region) if part)
    return SecurityHubTarget(label, context, region, role, account)


def _import_message(findings: list[Finding], settles: Sequence[str]) -> Message:
    about = f"{len(findings)} findings of account {findings[0]['AwsAccountId']}"
    return Message("BatchImportFindings", {"Findings": findings}, settles, about, findings[0]["AwsAccountId"])


def _rejection_text(account: str, failed: Iterable[Mapping[str, str]], number: int) -> str:
    """Return the errors of Security Hub for the findings that it did not accept, as a line, and the next step."""
    reasons: dict[str, list[str]] = {}
    for item in failed:
        reasons.setdefault(item.get("ErrorCode") or "Unknown", []).append(item.get("ErrorMessage") or "")
    reasons_text = "; ".join(
        f"{len(texts)} {code}: {printable(texts[0])[:300]}" for code, texts in sorted(reasons.items())
    )
    count = sum(map(len, reasons.values()))
    step = next(
        (HINTS[code] for code in reasons if code in HINTS),
        "Repeat the command later, and see the code in the API reference.",
    )
    return f"Account {account}: {count} of {number} findings were not imported: {reasons_text}\n{step}"
