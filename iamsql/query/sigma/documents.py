"""Read the documents of a YAML file of Sigma rules, within limits: the file is untrusted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule.base import SigmaYAMLLoader, check_alias_expansion

from iamsql.catalog.settings.untrusted_files import list_files, read_text
from iamsql.model import IamsqlError

RULE_SUFFIXES = (".yml", ".yaml")
# Limits of a rule, because each value becomes SQL, as often as the condition names its detection.
MAX_VALUES = 20_000  # values, times the words of the condition
MAX_DOCUMENTS = 100  # of a file; a document of `action: repeat` is a copy of the one before
# The most values that a modifier makes of one; `all` repeats the SQL of the field for each value.
MODIFIER_MULTIPLIERS = {"windash": 125, "base64offset": 3, "all": 100}

Document = dict[str, Any]


def rule_files(paths: list[str], refused: list[str]) -> list[Path]:
    """Return the files of rules, each once: the files of folders and their subfolders, and single files.

    Append a line to `refused` for each path that is not read, such as a link that leads out of its folder. Raise IamsqlError for
    a path that does not exist, and for a folder without rules.
    """
    files_by_path: dict[str, Path] = {}
    for name in paths:
        path = Path(name)
        if not path.exists():
            raise IamsqlError(f"no file or folder {name} (from sigma:{name})")
        count_before = len(refused)
        files = _list_rule_files(path, refused) if path.is_dir() else [path]
        if not files and len(refused) == count_before:
            raise IamsqlError(f"{name} has no Sigma rules: files that end in {' or '.join(RULE_SUFFIXES)}")
        for file in files:
            files_by_path.setdefault(os.path.realpath(file), file)  # Path.resolve() refuses a link to itself
    return list(files_by_path.values())


def _list_rule_files(folder: Path, refused: list[str]) -> list[Path]:
    lines: list[str] = []
    files = [file for suffix in RULE_SUFFIXES for file in list_files(folder, suffix, lines)]
    refused += [line for line in dict.fromkeys(lines) if line not in refused]
    return sorted(files)


def read_documents(path: Path) -> list[Document]:
    """Return the YAML documents of a file.

    Raise IamsqlError for a file that cannot be read, SigmaError for one that is too large, and an error of PyYAML for invalid YAML.
    """
    loader: Any = SigmaYAMLLoader(read_text(path))  # its methods have no types
    documents: list[Document] = []
    while loader.check_data():
        if (document := loader.get_data()) is not None:
            documents.append(document)
    if len(documents) > MAX_DOCUMENTS:
        raise SigmaError(f"the file has more than {MAX_DOCUMENTS} documents")
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
    values = 0
    for name, count in _names_and_sizes({part: value for part, value in detection.items() if part != "condition"}):
        modifiers = name.split("|")[1:]
        if len({*modifiers}) < len(modifiers):
            raise SigmaError(f"a modifier is given twice: {name}")
        values += count * prod(MODIFIER_MULTIPLIERS.get(modifier, 1) for modifier in modifiers)
    if values * len(str(detection.get("condition", "")).split()) > MAX_VALUES:
        raise SigmaError("the rule has too many values, or a condition that is too long")


def _names_and_sizes(value: Any) -> Iterator[tuple[str, int]]:
    """Yield each name in a detection with its number of values; '' for keywords."""
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, dict) or (
                isinstance(part, list) and any(isinstance(element, dict | list) for element in part)
            ):
                yield from _names_and_sizes(part)
            yield str(name), len(part) if isinstance(part, list) else 1
    elif isinstance(value, list):
        for part in value:
            yield from _names_and_sizes(part)
    else:
        yield "", 1
