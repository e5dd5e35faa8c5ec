"""Read files that other tools wrote: recognize the responses by content, and find the account of each."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.sync.cloudtrail.log_files import LogFile
from iamsql.sync.gunzip import StreamError
from iamsql.sync.importer import (
    detect,
    detect_organization,
    detect_resources,
    files,
    named_files,
    request_parameters,
    resource_requests,
)
from iamsql.sync.importer.completeness import require_identifiers, with_pages, without_repeated_items
from iamsql.sync.importer.files import InputFile
from iamsql.sync.importer.items import ITEMS_PER_ENTITY, ITEMS_PER_RESPONSE, ItemStore, documents
from iamsql.sync.importer.log_files import detect_log, log_from_path, skip_reason
from iamsql.sync.importer.responses import Response

IMPORTABLE = (
    "AWS CLI output of iam get-account-authorization-details, list-users, list-access-keys, get-credential-report and "
    "others, a credential report's CSV, or CloudTrail's log files"
)
NO_REQUEST = "a response to {}, but no file lists what its name is about"
# The operations that determine the account of a folder, most reliable first.
ACCOUNT_SOURCES = ("GetCallerIdentity", "GetCredentialReport", "GetAccountAuthorizationDetails")


@dataclass(frozen=True)
class Contents:
    """The contents of the files: responses, skipped files with the reason, and CloudTrail logs, which are loaded later.

    `truncated` counts the items of a file that are too large; `unread_links` are links and devices with the path of a log.
    """

    responses: list[Response]
    ignored: list[tuple[Path, str]]
    logs: list[LogFile] = field(default_factory=list)
    truncated: dict[Path, int] = field(default_factory=dict)
    unread_links: list[tuple[LogFile, str]] = field(default_factory=list)


def read(paths: Sequence[Path], account: str | None = None) -> Contents:
    """Read files and folders. `account` owns the responses if neither they nor their folder contain an account.

    Raise IamsqlError for files that cannot be parsed, and if there is nothing to import.
    """
    if account is not None and not re.fullmatch(r"\d{12}", account):
        raise IamsqlError(f"{account!r} is not an account ID.\nSpecify 12 digits: --account 123456789012")
    walked, ignored = files.walk(paths)
    responses: list[tuple[InputFile, Response]] = []
    logs: list[LogFile] = []
    truncated: dict[Path, int] = {}
    store = ItemStore()
    for file in walked:
        if reason := skip_reason(file.path):
            ignored.append((file.path, reason))
            continue
        if log := detect_log(file, account):
            logs.append(log)
            continue
        lost = store.lost
        detected, reason = _responses_in_file(file, store)
        responses += [(file, response) for response in detected]
        if store.lost > lost:
            truncated[file.path] = store.lost - lost
        if not detected:
            ignored.append((file.path, reason))
    if not responses and not logs:
        raise IamsqlError(_nothing_found_message(paths, ignored))
    unread_logs = [(log, reason) for path, reason in ignored if (log := log_from_path(path))]
    with_accounts = _assign_accounts(detect_organization.resolve(responses), account)
    resolved, unknown = request_parameters.resolve(resource_requests.resolve(with_accounts))
    ignored += [(response.path, NO_REQUEST.format(response.operation)) for response in unknown]
    return Contents(without_repeated_items(resolved), ignored, logs, truncated, unread_logs)


def _responses_in_file(file: InputFile, store: ItemStore) -> tuple[list[Response], str]:
    """Return the responses of a file, or the reason why there are none."""
    texts = files.texts(file)
    try:
        first_part = next(texts)
        if first_part.startswith(files.REPORT_HEADER):
            report = detect.report(file.path, files.report_text(file.path, chain([first_part], texts)), None)
            return [replace(report, items=store.items(json.dumps(row).encode() for row in report.items))], ""
        if not first_part.lstrip().startswith(("{", "[")):
            return [], "neither JSON nor a credential report" if first_part.strip() else "empty"
        chunks = (text.encode() for text in chain([first_part], texts) if text)
        return _responses_in(file, documents(chunks, store), store)
    except files.NotTextError:
        return [], "not text"
    except StreamError as error:
        if error.code == "too_large":
            raise files.too_large_error(file.path, error.words) from error
        raise IamsqlError(f"{file.path}: {error.words}.\n{files.WRITE_AGAIN}") from error


def _responses_in(file: InputFile, documents: Iterable[dict[str, Any]], store: ItemStore) -> tuple[list[Response], str]:
    """Return the responses of documents, or the reason why there are none."""
    responses: list[Response] = []
    reason = "JSON, but not a known response"
    for document in documents:
        by_parameter, message = detect_organization.responses(file.path, document)
        reason = message or reason
        detected = detect_resources.responses(file, document) or (
            by_parameter if message else detect.responses(file.path, document)
        )
        if not message and not any(len(response.items) for response in detected):
            detected = named_files.responses(file, document) or detected
        members = sum(len(response.items) for response in detected if response.service == detect_organization.SERVICE)
        store.count(1 + len(detected) * ITEMS_PER_RESPONSE + members * ITEMS_PER_ENTITY)
        require_identifiers(file.path, detected)
        responses += with_pages(document, detected)
    return responses, reason


def _nothing_found_message(paths: Sequence[Path], ignored: Sequence[tuple[Path, str]]) -> str:
    path_list = ", ".join(str(path) for path in paths) or "No path"
    reason = f"{len(ignored)} files, none recognized" if len(ignored) > 1 else ignored[0][1] if ignored else "no files"
    return f"{path_list}: nothing to import ({reason}).\nSpecify {IMPORTABLE}."


def _assign_accounts(responses: Sequence[tuple[InputFile, Response]], account: str | None) -> list[Response]:
    """Return the responses with their accounts: from their own ARNs, their file, the nearest folder, or `account`."""
    with_own_accounts = [(file, response, detect.find_account(response)) for file, response in responses]
    by_file: dict[Path, Counter[str]] = defaultdict(Counter)
    by_folder: dict[Path, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for file, response, own_account in with_own_accounts:
        if own_account:
            by_file[file.path][own_account] += 1
            by_folder[file.path.parent][response.operation][own_account] += 1
    management = detect_organization.management_account(
        (response, own_account) for _, response, own_account in with_own_accounts
    )
    with_accounts = []
    for file, response, own_account in with_own_accounts:
        organization = management if detect_organization.is_of_organization(response) else None
        nearby = detect.most_frequent(by_file[file.path]) or _account_of_folder(file, by_folder)
        account_id = own_account or organization or nearby or account or _account_in_path(file)
        if account_id is None:
            raise IamsqlError(f"{file.path}: its account is unknown.\nSpecify it: --account 123456789012")
        with_accounts.append(replace(response, account_id=account_id, path=file.path))
    return with_accounts


def _account_in_path(file: InputFile) -> str | None:
    """Return the account in the name of the file, or of its nearest folder up to the root."""
    folders = file.path.relative_to(file.root).parts[-2::-1]
    names = (file.path.name.partition(".")[0], *folders, file.root.name)
    return next((name for name in names if re.fullmatch(r"\d{12}", name)), None)


def _account_of_folder(file: InputFile, by_folder: dict[Path, dict[str, Counter[str]]]) -> str | None:
    """Return the account of the nearest folder, up to the root, with an account source that has exactly one account."""
    for folder in (file.path.parent, *file.path.parent.parents):
        for operation in ACCOUNT_SOURCES:
            accounts = by_folder[folder][operation] if folder in by_folder else ()
            if len(accounts) == 1:
                return next(iter(accounts))
        if folder == file.root:
            break
    return None
