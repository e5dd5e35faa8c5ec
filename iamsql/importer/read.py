"""Read files that other tools wrote: recognize the responses by content, and find the account of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from iamsql.gunzip import StreamError
from iamsql.importer import detect, detect_organization, detect_services, files
from iamsql.importer.detect import Fragment
from iamsql.importer.files import InputFile
from iamsql.importer.items import MEMBER, PIECE, Spool
from iamsql.importer.large_documents import Documents, to_spool
from iamsql.importer.log_files import DetectedLog, detect_log, is_ignored, log_in_place
from iamsql.model import IamsqlError

KNOWN = (
    "AWS CLI output of iam get-account-authorization-details, list-users, list-access-keys, get-credential-report and "
    "others, a credential report's CSV, or CloudTrail's log files"
)
# The operations that determine the account of a folder, most reliable first.
WITNESSES = ("GetCallerIdentity", "GetCredentialReport", "GetAccountAuthorizationDetails")


@dataclass(frozen=True)
class Response:
    """The items of one response, unchanged, with their file and their account."""

    service: str
    operation: str
    part: str
    account_id: str
    region: str
    bound: dict[str, Any]
    items: Sequence[Any]
    path: Path


@dataclass(frozen=True)
class Contents:
    """The contents of the files: responses, skipped files with the reason, and CloudTrail logs, which are loaded later.

    `truncated` counts the items of a file that are too large; `unread_links` are links and devices with the path of a log.
    """

    responses: list[Response]
    ignored: list[tuple[Path, str]]
    logs: list[DetectedLog] = field(default_factory=list)
    truncated: dict[Path, int] = field(default_factory=dict)
    unread_links: list[tuple[DetectedLog, str]] = field(default_factory=list)


def read(paths: Sequence[Path], account: str | None = None) -> Contents:
    """Read files and folders; `account` owns what names no account, by itself or by the files beside it.

    Raise IamsqlError for files that cannot be parsed, and if there is nothing to import.
    """
    if account is not None and not re.fullmatch(r"\d{12}", account):
        raise IamsqlError(f"{account!r} is not an account id.\nSpecify 12 digits: --account 123456789012")
    walked, ignored = files.walk(paths)
    fragments: list[tuple[InputFile, Fragment]] = []
    logs: list[DetectedLog] = []
    truncated: dict[Path, int] = {}
    spool = Spool()
    for file in walked:
        if reason := is_ignored(file.path):
            ignored.append((file.path, reason))
            continue
        if log := detect_log(file):
            logs.append(log)
            continue
        found, reason, dropped = _fragments(file, spool)
        fragments += [(file, fragment) for fragment in found]
        if dropped:
            truncated[file.path] = dropped
        if not found:
            ignored.append((file.path, reason))
    if not fragments and not logs:
        raise IamsqlError(_nothing_found(paths, ignored))
    unread = [(log, reason) for path, reason in ignored if (log := log_in_place(path))]
    return Contents(_with_accounts(detect_organization.resolve(fragments), account), ignored, logs, truncated, unread)


def _fragments(file: InputFile, spool: Spool) -> tuple[list[Fragment], str, int]:
    """Return the fragments of a file, the reason if there are none, and the number of items that are too large."""
    texts = files.texts(file)
    try:
        head = next(texts)
        rest = next(texts, None)
        if head.startswith(files.REPORT_HEADER):
            text = files.report_text(file.path, chain([head, rest or ""], texts))
            report = detect.report(file.path, text, None)
            return [replace(report, items=spool.append(list(report.items), len(text) * 4))], "", 0
        if not head.lstrip().startswith(("{", "[")):
            return [], "neither JSON nor a credential report" if head.strip() else "empty", 0
        if rest is None:
            small = [to_spool(document, head, spool) for document in files.documents(file.path, head) or ()]
            return *_fragments_of(file, small, spool), 0
        documents = Documents((text.encode() for text in chain([head, rest], texts)), spool)
        return *_fragments_of(file, documents, spool), documents.lost
    except files.NoText:
        return [], "not text", 0
    except StreamError as error:
        if error.code == "too_large":
            raise files.too_large(file.path, error.words) from error
        raise IamsqlError(f"{file.path}: {error.words}.\n{files.AGAIN}") from error


def _fragments_of(file: InputFile, documents: Iterable[Any], spool: Spool) -> tuple[list[Fragment], str]:
    """Return the fragments of documents, or the reason why there are none."""
    fragments: list[Fragment] = []
    reason = "JSON, but not a known response"
    for document in documents:
        by_parameter, message = detect_organization.fragments(file.path, document)
        reason = message or reason
        found = (
            by_parameter if message else detect.fragments(file.path, document) or detect_services.fragments(document)
        )
        members = sum(len(fragment.items) for fragment in found if fragment.service == detect_organization.SERVICE)
        spool.count(1 + len(found) * PIECE + members * MEMBER)
        fragments += found
    return fragments, reason


def _nothing_found(paths: Sequence[Path], ignored: Sequence[tuple[Path, str]]) -> str:
    named = ", ".join(str(path) for path in paths) or "No path"
    reason = f"{len(ignored)} files, none known" if len(ignored) > 1 else ignored[0][1] if ignored else "no files"
    return f"{named}: nothing to import ({reason}).\nGive {KNOWN}."


def _with_accounts(fragments: Sequence[tuple[InputFile, Fragment]], account: str | None) -> list[Response]:
    """Return the responses with their accounts: by their own ARNs, their file's, the nearest folder's, or `account`."""
    known_accounts = [detect.account_of(fragment) for _, fragment in fragments]
    by_file: dict[Path, Counter[str]] = {}
    for (file, _), known in zip(fragments, known_accounts, strict=True):
        if known:
            by_file.setdefault(file.path, Counter())[known] += 1
    witnesses = _witnesses(
        (file, fragment, known) for (file, fragment), known in zip(fragments, known_accounts, strict=True) if known
    )
    management = detect_organization.management_of(
        [(fragment, known) for (_, fragment), known in zip(fragments, known_accounts, strict=True)]
    )
    responses = []
    for (file, fragment), known in zip(fragments, known_accounts, strict=True):
        organization = management if fragment.service == detect_organization.SERVICE else None
        nearby = _most(by_file.get(file.path)) or _nearest(file, witnesses)
        account_id = known or organization or nearby or account or _in_path(file)
        if account_id is None:
            raise IamsqlError(f"{file.path}: its account is unknown.\nSpecify it: --account 123456789012")
        responses.append(
            Response(
                fragment.service,
                fragment.operation,
                fragment.part,
                account_id,
                fragment.region,
                fragment.bound,
                fragment.items,
                file.path,
            )
        )
    return responses


def _in_path(file: InputFile) -> str | None:
    """Return the account in the name of the file, or of its nearest folder up to the root."""
    folders = file.path.relative_to(file.root).parts[-2::-1]
    names = (file.path.name.partition(".")[0], *folders, file.root.name)
    return next((name for name in names if re.fullmatch(r"\d{12}", name)), None)


def _most(counts: Counter[str] | None) -> str | None:
    return min(counts, key=lambda account: (-counts[account], account)) if counts else None


def _witnesses(known: Iterable[tuple[InputFile, Fragment, str]]) -> dict[Path, dict[str, Counter[str]]]:
    """Count, for each folder, the accounts that its caller identity, credential report and authorization details name."""
    folders: dict[Path, dict[str, Counter[str]]] = {}
    for file, fragment, account in known:
        if fragment.operation in WITNESSES:
            counts = folders.setdefault(file.path.parent, {}).setdefault(fragment.operation, Counter())
            counts[account] += 1
    return folders


def _nearest(file: InputFile, witnesses: dict[Path, dict[str, Counter[str]]]) -> str | None:
    """Return the account of the file's folder or its nearest parent up to the root. A folder with two accounts does not count."""
    for folder in (file.path.parent, *file.path.parent.parents):
        for operation in WITNESSES:
            accounts = witnesses.get(folder, {}).get(operation, Counter())
            if len(accounts) == 1:
                return next(iter(accounts))
        if folder == file.root:
            break
    return None
