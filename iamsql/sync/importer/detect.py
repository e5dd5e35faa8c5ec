"""Recognize AWS responses by their content, because every tool names its files in its own way."""

from __future__ import annotations

import base64
import re
from collections import Counter
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.sync.importer.files import REPORT_HEADER, report_rows
from iamsql.sync.importer.items import Items
from iamsql.sync.importer.responses import Response, account_in, event_record, find_responses, stem

PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\w+:(?P<kind>user|group|role|policy)/.+")
JOB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ARN_MEMBERS = ("Arn", "arn", "SerialNumber")


def responses(path: Path, document: dict[str, Any]) -> list[Response]:
    """Return the responses in a document; [] if it is not recognized."""
    if {"Account", "Arn", "UserId"} <= document.keys():
        return [Response("sts", "GetCallerIdentity", [document])]
    if isinstance(document.get("Content"), str) and (document.keys() & {"ReportFormat", "GeneratedTime"}):
        return [report(path, _report_text(path, document["Content"]), document.get("GeneratedTime"))]
    job = _job_response(path, document)
    return [job] if job else list(find_responses(path, document))


def _job_response(path: Path, document: dict[str, Any]) -> Response | None:
    """Return the response of a report of services last accessed, or of the request for one.

    Neither contains its principal. Collectors name the file of the request after the ARN, and the file of the report after
    the job ID.
    """
    name = stem(path)
    if isinstance(document.get("JobId"), str) and (arn := PRINCIPAL.fullmatch(name)):
        part = {"user": "users", "group": "groups"}.get(arn["kind"], "roles")
        return Response("iam", "GenerateServiceLastAccessedDetails", [document], part, {"Arn": name})
    services = document.get("ServicesLastAccessed")
    if isinstance(services, Items) and document.get("JobStatus") == "COMPLETED" and JOB.fullmatch(name):
        return Response("iam", "GetServiceLastAccessedDetails", services, "roles", {"JobId": name})
    return None


def report(path: Path, text: str, generated: str | None) -> Response:
    """Return the response of a credential report."""
    return Response("iam", "GetCredentialReport", report_rows(path, text, generated))


def _report_text(path: Path, content: str) -> str:
    """Return the text of a credential report: the AWS CLI prints base64, other tools plain CSV."""
    if content.startswith(REPORT_HEADER):
        return content
    try:
        text = base64.b64decode(content, validate=True).decode()
    except ValueError as error:
        raise IamsqlError(f"{path}: Content is neither base64 nor CSV.\nDownload it again, or leave it out.") from error
    if not text.startswith(REPORT_HEADER):
        raise IamsqlError(f"{path}: Content is not a credential report.\nDownload it again, or leave it out.")
    return text


def find_account(response: Response) -> str | None:
    """Return the account that most items of a response contain; None if they contain none."""
    if response.account_id:
        return response.account_id
    account_counts = Counter(
        account for item in response.items if isinstance(item, dict) for account in _accounts_in(response, item)
    )
    return most_frequent(account_counts)


def most_frequent(counts: Counter[str]) -> str | None:
    """Return the account with the highest count, and of equal counts the lowest ID; None if there is none."""
    return min(counts, key=lambda account: (-counts[account], account), default=None)


def _accounts_in(response: Response, item: dict[str, Any]) -> list[str]:
    if response.operation == "GetCallerIdentity":
        return [str(item["Account"])]
    if response.operation == "DescribeOrganization" and item.get("MasterAccountId"):
        return [str(item["MasterAccountId"])]
    if response.operation == "LookupEvents":
        account = event_record(item).get("recipientAccountId")
        return [str(account)] if account else []
    user = item.get("User")
    texts = [response.bound.get("Arn"), *(item.get(name) for name in ARN_MEMBERS)] + (
        [user.get("Arn")] if isinstance(user, dict) else []
    )
    return [account for text in texts if (account := account_in(text))]
