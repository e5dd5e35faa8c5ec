"""Import findings into Security Hub: opened ones as new, resolved ones as passed and archived.

Security Hub accepts the findings of the default product of an account from this account alone. They are imported with a role in
each account, or all into the caller's account, with the member account as their resource.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from iamsql.check import asff
from iamsql.check.finding_record import FindingOrigin, FindingRecord
from iamsql.escaping import printable
from iamsql.notify.aws_requests import PAUSES, delivering, digest
from iamsql.notify.finding_batches import Batch, FindingBatches
from iamsql.notify.model import DeliveryError, MessageError, Message, Notice, TargetContext

ACCOUNTS = ("member", "administrator")
ROLE = "iamsql-securityhub"
# Security Hub deletes a finding 90 days after its last update. Every finding that stays open is imported again every 30 days, so
# that it outlives an import that was missed.
REFRESH = timedelta(days=30)
RATE, BURST = 10.0, 30.0  # requests per second, account and region (Security Hub Partner Integration Guide)
# Codes of single findings that a further attempt may import. The API reference does not list the codes: these are assumed from
# the exceptions of the operation.
RETRIED = ("InternalException", "InternalError", "ThrottlingException", "LimitExceededException")
NOT_ENABLED = "Enable Security Hub in this account and region, or choose the region with securityhub_region."
HINTS = {"InvalidAccessException": NOT_ENABLED, "InvalidAccess": NOT_ENABLED}


@dataclass
class SecurityHubTarget:
    """Security Hub in a region. `takes_all`: the first delivery imports every open finding."""

    context: TargetContext
    region: str = ""
    is_central: bool = False
    takes_all: bool = True
    _refused: dict[str, str] = field(default_factory=dict, repr=False)
    _sent: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """Return the target as the user names it."""
        return "securityhub"

    def messages(self, notice: Notice) -> Iterator[Message]:
        """Yield requests with the findings that opened and were resolved, and then with those whose import is due again."""
        region = self.region or self.context.clients().region
        account = self.context.clients().account if self.is_central else ""
        origin = _origin(notice)

        def convert(record: FindingRecord) -> dict[str, Any]:
            return asff.finding(record, origin, region=region, product_account=account)

        for batch in _batches(_changed(notice, convert)):
            yield _message(batch, batch.settles)
        for batch in _batches(_open(notice, convert)):
            yield _message(batch, [digest("securityhub", notice.run.run_id, *batch.settles)])

    def send(self, message: Message) -> str:
        """Import findings of one account. Raise MessageError, which names the account, if findings are not accepted."""
        findings = message.body["Findings"]
        account = findings[0]["AwsAccountId"]
        if account in self._refused:
            raise MessageError(self._refused[account])
        try:
            self._import(account, findings)
        except DeliveryError as error:
            raise MessageError(f"Account {account}: {error}") from error
        return f"{len(findings)} findings of account {account}"

    def _import(self, account: str, findings: list[dict[str, Any]]) -> None:
        """Import findings, and those that failed for a moment again."""
        client, remaining = self._client(account, findings[0]["ProductArn"]), findings
        for pause in (*PAUSES, None):
            self._wait(account)
            with self._refusing(account, "securityhub:BatchImportFindings", findings[0]["ProductArn"]):
                answer = client.batch_import_findings(Findings=remaining)
            failed = {item["Id"]: item for item in answer.get("FailedFindings", [])}
            if not failed:
                return
            if pause is None or not all(item.get("ErrorCode") in RETRIED for item in failed.values()):
                raise _rejected(list(failed.values()), len(findings))
            remaining = [finding for finding in remaining if finding["Id"] in failed]
            time.sleep(pause)

    def _client(self, account: str, product: str) -> Any:
        """Return a client with the credentials of the account: the caller's own, or those of the role."""
        clients = self.context.clients()
        region = product.split(":")[3]
        with self._refusing(account, "sts:AssumeRole", f"the role {self._role(account, product)}"):
            if self.is_central or clients.account == account:
                return clients.client("securityhub", region)
            external_id = str(self.context.settings.get("external_id") or "")
            return clients.client("securityhub", region, self._role(account, product), external_id)

    def _role(self, account: str, product: str) -> str:
        role = str(self.context.settings.get("securityhub_role") or ROLE)
        return f"arn:{product.split(':')[1]}:iam::{account}:role/{role}"

    def _refusing(self, account: str, permission: str, resource: str) -> Any:
        return _Refusing(self._refused, account, permission, resource)

    def _wait(self, account: str) -> None:
        """Wait until the account accepts another request."""
        now = time.monotonic()
        tokens, since = self._sent.get(account, (BURST, now))
        tokens = min(BURST, tokens + (now - since) * RATE) - 1
        self._sent[account] = (tokens, now)
        if tokens < 0:
            time.sleep(-tokens / RATE)
