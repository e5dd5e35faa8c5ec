"""Read the documents of a YAML file of Sigma rules, within limits: the file is untrusted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule.base import SigmaYAMLLoader, check_alias_expansion

from iamsql.catalog.untrusted_files import list_files, read_text
from iamsql.model import IamsqlError

SUFFIXES = (".yml", ".yaml")
MAX_MODIFIERS = 6  # of a field: base64offset and windash multiply the values
MAX_SIZE = 5_000_000  # characters of the values of a rule, times the words of its condition

Document = dict[str, Any]


def rule_files(paths: list[str], refused: list[str]) -> list[Path]:
    """Return the files of rules, each once: the files of folders and their subfolders, and single files.

    Append a line to `refused` for each path that is not read, such as a link that leads out of its folder. Raise IamsqlError for
    a path that does not exist, and for a folder without rules.
    """
    found: dict[Path, Path] = {}
    for name in paths:
        path = Path(name)
        if not path.exists():
            raise IamsqlError(f"no file or folder {name} (from sigma:{name})")
        files = _files_of_folder(path, refused) if path.is_dir() else [path]
        if not files and not refused:
            raise IamsqlError(f"{name} has no Sigma rules: files that end in {' or '.join(SUFFIXES)}")
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _files_of_folder(folder: Path, refused: list[str]) -> list[Path]:
    lines: list[str] = []
    files = [file for suffix in SUFFIXES for file in list_files(folder, suffix, lines)]
    refused += [line for line in dict.fromkeys(lines) if line not in refused]
    return sorted(files)


def read_documents(path: Path) -> list[Document]:
    """Return the YAML documents of a file, with those of `action: global` merged into the documents that follow.

    Raise IamsqlError for a file that cannot be read, and ValueError or an error of PyYAML for invalid YAML.
    """
    loader: Any = SigmaYAMLLoader(read_text(path))  # its methods have no types
    documents: list[Document] = []
    while loader.check_data():
        if (document := loader.get_data()) is not None:
            documents.append(document)
    for document in documents:
        if not isinstance(document, dict):
            raise SigmaError("a document is not a mapping")
        check_alias_expansion(document)
        _require_size(document)
    return documents


def _require_size(document: Document) -> None:
    """Raise SigmaError for a rule whose conversion would take long, or much memory."""
    detection = document.get("detection")
    if not isinstance(detection, dict):
        return
    size = 0
    for is_name, text in _texts({name: part for name, part in detection.items() if name != "condition"}):
        size += len(text) + 1
        if is_name and text.count("|") > MAX_MODIFIERS:
            raise SigmaError(f"a field has more than {MAX_MODIFIERS} modifiers")
    if size * len(str(detection.get("condition", "")).split()) > MAX_SIZE:
        raise SigmaError("the rule is too large")


def _texts(value: Any) -> Iterator[tuple[bool, str]]:
    """Yield the names and the values of a document, and whether the text is a name."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield True, str(name)
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    else:
        yield False, str(value)
