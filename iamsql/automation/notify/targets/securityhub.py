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

from iamsql.automation.notify.aws_requests import (
    RETRY_DELAYS_SECONDS,
    AwsTarget,
    affects_all_requests,
    convert_aws_errors,
)
from iamsql.automation.notify.finding_batches import FindingBatches
from iamsql.automation.notify.model import DeliveryError, Message, MessageError, Notice, TargetContext
from iamsql.check.finding_record import FindingOrigin
from iamsql.check.outputs import asff
from iamsql.escaping import printable

MEMBER, ADMINISTRATOR = "member", "administrator"
ACCOUNT_PATTERN = re.compile(rf"{MEMBER}|{ADMINISTRATOR}|[0-9]{{12}}")
DEFAULT_ROLE = "iamsql-securityhub"
ROLE_NAME_PATTERN = re.compile(r"(?:[A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}")  # with its path
# In each account and region (Security Hub Partner Integration Guide).
REQUESTS_PER_SECOND, BURST_REQUESTS = 10.0, 30.0
# Codes of single findings that another attempt may import. The API reference lists no codes: these are assumed from the
# exceptions of the operation.
RETRYABLE_CODES = ("InternalException", "InternalError", "ThrottlingException", "LimitExceededException")
ENABLE_HINT = "Enable Security Hub in this account and region, or choose the region with securityhub_region."
HINTS_BY_CODE = {"InvalidAccessException": ENABLE_HINT, "InvalidAccess": ENABLE_HINT}
RESOLVED_FIELDS = {"RecordState": "ARCHIVED"}
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
    _account_errors: dict[str, str] = field(default_factory=dict, repr=False)
    _token_buckets: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield requests with the findings that opened or were resolved, and with all open findings if the notice has them."""
        batches = FindingBatches()
        for finding, settles in self._findings_to_import(notice):
            for batch in batches.add(finding, settles):
                yield _import_message(batch.findings, batch.settles)
        for batch in batches.take_all():
            yield _import_message(batch.findings, batch.settles)

    def send(self, message: Message) -> str:
        """Import the findings of an account. Raise MessageError, which names the account, if some are not accepted.

        After an error of the role or of the request, the other findings of the account are not tried. Raise DeliveryError if
        the findings of other accounts would fail for the same reason.
        """
        findings = message.body["Findings"]
        account = str(findings[0]["AwsAccountId"])
        if account not in self._account_errors:
            try:
                self._import_findings(account, findings)
            except DeliveryError as error:
                if isinstance(error, MessageError) or affects_all_requests(error):
                    raise
                self._account_errors[account] = f"Account {account}: {error}"
        if account in self._account_errors:
            raise MessageError(self._account_errors[account])
        return f"{len(findings)} findings of account {account}"

    def group_of(self, account_id: str) -> str:
        """Return the account that imports the findings of an account."""
        return self._importing_account() or account_id

    def _importing_account(self) -> str:
        """Return the account that imports all findings; '' if each account imports its own."""
        with convert_aws_errors("sts:GetCallerIdentity", "*"):
            return self.clients.account if self.account == ADMINISTRATOR else self.account.removeprefix(MEMBER)

    def _findings_to_import(self, notice: Notice) -> Iterator[tuple[Finding, str]]:
        """Yield findings, each with the fingerprint that it settles."""
        run = notice.run
        origin = FindingOrigin(run.run_id, run.started_at, run.organization_id, run.partition)
        importer = self._importing_account()
        excluded_accounts = () if importer else notice.inactive  # no role can be assumed there
        convert = partial(
            asff.control_finding, origin=origin, region=self.region or self.clients.region, product_account=importer
        )
        for change in notice.changes:
            if (
                change.finding
                and change.change_type in ("opened", "resolved")
                and change.account_id not in excluded_accounts
            ):
                resolved_fields = RESOLVED_FIELDS if change.change_type == "resolved" else {}
                yield convert(change.finding) | resolved_fields, change.fingerprint
        for record in (record for record in notice.open_findings() if record.account_id not in excluded_accounts):
            yield convert(record), record.fingerprint

    def _import_findings(self, account: str, findings: Sequence[Finding]) -> None:
        """Import findings. Repeat the findings that failed with a code of RETRYABLE_CODES."""
        product_arn, remaining_findings, response = str(findings[0]["ProductArn"]), list(findings), {}
        client = self._client_for_account(account, product_arn)
        for delay in (*RETRY_DELAYS_SECONDS, 0.0):
            self._wait_for_quota(account)
            with convert_aws_errors("securityhub:BatchImportFindings", product_arn, HINTS_BY_CODE):
                response = client.batch_import_findings(Findings=remaining_findings)
            failed_findings = {item["Id"]: item for item in response.get("FailedFindings", ())}
            if not failed_findings:
                return
            if not all(item.get("ErrorCode") in RETRYABLE_CODES for item in failed_findings.values()):
                break
            remaining_findings = [finding for finding in remaining_findings if finding["Id"] in failed_findings]
            time.sleep(delay)
        rejected = MessageError(_rejection_text(account, response["FailedFindings"], len(findings)))
        rejected.is_final = not any(
            item.get("ErrorCode") in (*RETRYABLE_CODES, *HINTS_BY_CODE) for item in failed_findings.values()
        )
        raise rejected

    def _client_for_account(self, account: str, product_arn: str) -> Any:
        """Return a client with the credentials of an account: the caller's own, or the credentials of the role."""
        _, partition, _, region, *_ = product_arn.split(":")
        role = f"arn:{partition}:iam::{account}:role/{self.role}"
        with convert_aws_errors("sts:AssumeRole", role):
            if self.clients.account == account:
                return self.clients.client("securityhub", region)
            return self.clients.client("securityhub", region, role, str(self.context.settings.get("external_id") or ""))

    def _wait_for_quota(self, account: str) -> None:
        """Wait until the quota of the account allows another request."""
        now = time.monotonic()
        tokens, updated_at = self._token_buckets.get(account, (BURST_REQUESTS, now))
        tokens = min(BURST_REQUESTS, tokens + (now - updated_at) * REQUESTS_PER_SECOND) - 1
        if tokens < 0:
            time.sleep(-tokens / REQUESTS_PER_SECOND)
        self._token_buckets[account] = (tokens, now)


def open_target(text: str, context: TargetContext) -> SecurityHubTarget:
    """Return the target. Raise DeliveryError for a text after `securityhub`, or for settings that are not valid."""
    account = str(context.settings.get("securityhub_account") or MEMBER)
    role = str(context.settings.get("securityhub_role") or DEFAULT_ROLE)
    if text:
        raise DeliveryError(f"securityhub has no argument, but {printable(text)!r} was given.\nUse: securityhub")
    if not ACCOUNT_PATTERN.fullmatch(account):
        raise DeliveryError(
            f"securityhub_account is {printable(account)!r}.\n"
            "Use member, to import into each account, administrator, for the caller's account, or the ID of an account."
        )
    if not ROLE_NAME_PATTERN.fullmatch(role):
        raise DeliveryError(
            f"securityhub_role is {printable(role)!r}, which is not the name of a role.\nExample: {DEFAULT_ROLE}"
        )
    region = str(context.settings.get("securityhub_region") or "")
    # Another region or account has none of the findings that were imported before: it is another target.
    label = ":".join(part for part in ("securityhub", account.removeprefix(MEMBER), region) if part)
    return SecurityHubTarget(label, context, region, role, account)


def _import_message(findings: list[Finding], settles: Sequence[str]) -> Message:
    about = f"{len(findings)} findings of account {findings[0]['AwsAccountId']}"
    return Message("BatchImportFindings", {"Findings": findings}, settles, about, findings[0]["AwsAccountId"])


def _rejection_text(account: str, failed_findings: Iterable[Mapping[str, str]], finding_count: int) -> str:
    """Return the errors of Security Hub for the findings that it did not accept, as a line, and the next step."""
    reasons: dict[str, list[str]] = {}
    for item in failed_findings:
        reasons.setdefault(item.get("ErrorCode") or "Unknown", []).append(item.get("ErrorMessage") or "")
    reasons_text = "; ".join(
        f"{len(texts)} {code}: {printable(texts[0])[:300]}" for code, texts in sorted(reasons.items())
    )
    count = sum(map(len, reasons.values()))
    step = next(
        (HINTS_BY_CODE[code] for code in reasons if code in HINTS_BY_CODE),
        "Repeat the command later, and see the code in the API reference.",
    )
    return f"Account {account}: {count} of {finding_count} findings were not imported: {reasons_text}\n{step}"
