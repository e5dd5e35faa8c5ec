"""What other tools wrote to files, as if it had been collected: told by content, and never without an account."""

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
from iamsql.importer.detect import Piece
from iamsql.importer.files import File
from iamsql.importer.items import MEMBER, PIECE, Spool
from iamsql.importer.large_documents import Documents, in_spool
from iamsql.importer.log_files import Log, log_in_place, log_of, passed_over
from iamsql.model import IamsqlError

KNOWN = (
    "AWS CLI output of iam get-account-authorization-details, list-users, list-access-keys, get-credential-report and "
    "others, a credential report's CSV, or CloudTrail's log files"
)
# Whose word on a folder's account counts first.
WITNESSES = ("GetCallerIdentity", "GetCredentialReport", "GetAccountAuthorizationDetails")


@dataclass(frozen=True)
class Found:
    """The items of one call's answer, verbatim, with the file that holds them and the account that they belong to."""

    service: str
    operation: str
    part: str
    account_id: str
    region: str
    bound: dict[str, Any]
    items: Sequence[Any]
    path: Path


@dataclass(frozen=True)
class Dump:
    """What files held, the files that were left alone with the reason, and CloudTrail's logs, which are still to be read.

    `lost` counts the items of a file that are too large; `unread` are links and devices in the place of logs.
    """

    found: list[Found]
    ignored: list[tuple[Path, str]]
    logs: list[Log] = field(default_factory=list)
    lost: dict[Path, int] = field(default_factory=dict)
    unread: list[tuple[Log, str]] = field(default_factory=list)


def read(paths: Sequence[Path], account: str | None = None) -> Dump:
    """Read dumps from files and folders; `account` is for what names none, by itself or by the files beside it."""
    if account is not None and not re.fullmatch(r"\d{12}", account):
        raise IamsqlError(f"{account!r} is no account id.\nGive its twelve digits: --account 123456789012")
    walked, ignored = files.walk(paths)
    held: list[tuple[File, Piece]] = []
    logs: list[Log] = []
    lost: dict[Path, int] = {}
    spool = Spool()
    for file in walked:
        if beside := passed_over(file.path):
            ignored.append((file.path, beside))
            continue
        if log := log_of(file):
            logs.append(log)
            continue
        pieces, reason, left_out = _pieces(file, spool)
        held += [(file, piece) for piece in pieces]
        if left_out:
            lost[file.path] = left_out
        if not pieces:
            ignored.append((file.path, reason))
    if not held and not logs:
        raise IamsqlError(_nothing(paths, ignored))
    unread = [(log, reason) for path, reason in ignored if (log := log_in_place(path))]
    return Dump(_with_accounts(detect_organization.settled(held), account), ignored, logs, lost, unread)


def _pieces(file: File, spool: Spool) -> tuple[list[Piece], str, int]:
    """Name what a file holds, or why nothing, and how many items are left out because they are too large."""
    texts = files.texts(file)
    try:
        head = next(texts)
        rest = next(texts, None)
        if head.startswith(files.REPORT_HEADER):
            text = files.report_text(file.path, chain([head, rest or ""], texts))
            report = detect.report(file.path, text, None)
            return [replace(report, items=spool.taken(list(report.items), len(text) * 4))], "", 0
        if not head.lstrip().startswith(("{", "[")):
            return [], "neither JSON nor a credential report" if head.strip() else "empty", 0
        if rest is None:
            small = [in_spool(one, head, spool) for one in files.documents(file.path, head) or ()]
            return *_answers(file, small, spool), 0
        documents = Documents((text.encode() for text in chain([head, rest], texts)), spool)
        return *_answers(file, documents, spool), documents.lost
    except files.NoText:
        return [], "no text", 0
    except StreamError as error:
        if error.code == "too_large":
            raise files.too_large(file.path, error.words) from error
        raise IamsqlError(f"{file.path}: {error.words}.\n{files.AGAIN}") from error


def _answers(file: File, documents: Iterable[Any], spool: Spool) -> tuple[list[Piece], str]:
    """Name the calls that documents answer, or why there are none."""
    pieces: list[Piece] = []
    reason = "JSON, but no answer that is known here"
    for document in documents:
        asked, said = detect_organization.pieces(file.path, document)
        reason = said or reason
        found = asked if said else detect.pieces(file.path, document) or detect_services.pieces(document)
        members = sum(len(piece.items) for piece in found if piece.service == detect_organization.SERVICE)
        spool.count(1 + len(found) * PIECE + members * MEMBER)
        pieces += found
    return pieces, reason


def _nothing(paths: Sequence[Path], ignored: Sequence[tuple[Path, str]]) -> str:
    places = ", ".join(str(path) for path in paths) or "No path"
    seen = f"{len(ignored)} files, none known" if len(ignored) > 1 else ignored[0][1] if ignored else "no files"
    return f"{places}: nothing to import ({seen}).\nGive {KNOWN}."


def _with_accounts(held: Sequence[tuple[File, Piece]], account: str | None) -> list[Found]:
    """Give each piece its account: by its own ARNs, its file's, the nearest folder's witnesses, or `account`."""
    own = [detect.account_of(piece) for _, piece in held]
    by_file: dict[Path, Counter[str]] = {}
    for (file, _), known in zip(held, own, strict=True):
        if known:
            by_file.setdefault(file.path, Counter())[known] += 1
    witnesses = _witnesses((file, piece, known) for (file, piece), known in zip(held, own, strict=True) if known)
    management = detect_organization.management_of(
        [(piece, known) for (_, piece), known in zip(held, own, strict=True)]
    )
    found = []
    for (file, piece), known in zip(held, own, strict=True):
        whole = management if piece.service == detect_organization.SERVICE else None
        beside = _most(by_file.get(file.path)) or _nearest(file, witnesses)
        account_id = known or whole or beside or account or _in_path(file)
        if account_id is None:
            raise IamsqlError(
                f"{file.path}: nothing in it or beside it says which account it is of.\nName it: --account 123456789012"
            )
        found.append(
            Found(
                piece.service,
                piece.operation,
                piece.part,
                account_id,
                piece.region,
                piece.bound,
                piece.items,
                file.path,
            )
        )
    return found


def _in_path(file: File) -> str | None:
    """Take the account that the file, or the nearest folder up to the one given, is named after."""
    folders = file.path.relative_to(file.root).parts[-2::-1]
    names = (file.path.name.partition(".")[0], *folders, file.root.name)
    return next((name for name in names if re.fullmatch(r"\d{12}", name)), None)


def _most(counts: Counter[str] | None) -> str | None:
    return min(counts, key=lambda account: (-counts[account], account)) if counts else None


def _witnesses(known: Iterable[tuple[File, Piece, str]]) -> dict[Path, dict[str, Counter[str]]]:
    """Count, for each folder, the accounts that its caller identity, report and details name."""
    folders: dict[Path, dict[str, Counter[str]]] = {}
    for file, piece, account in known:
        if piece.operation in WITNESSES:
            counts = folders.setdefault(file.path.parent, {}).setdefault(piece.operation, Counter())
            counts[account] += 1
    return folders


def _nearest(file: File, witnesses: dict[Path, dict[str, Counter[str]]]) -> str | None:
    """Ask the file's folder, then those above it up to the one that was given; one that disagrees is no witness."""
    for folder in (file.path.parent, *file.path.parent.parents):
        for operation in WITNESSES:
            accounts = witnesses.get(folder, {}).get(operation, Counter())
            if len(accounts) == 1:
                return next(iter(accounts))
        if folder == file.root:
            break
    return None
