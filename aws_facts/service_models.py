"""The service models of botocore: the operations of each AWS service, with the text that the API reference has for them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import botocore

MODELS = Path(botocore.__file__).parent / "data"
DOCUMENTED = 0.9  # the least part of operations with a text
SERVICES = 300  # the least number of services


@dataclass(frozen=True)
class ServiceModel:
    """The newest model of a service: `name` is the client's, `prefixes` are those that IAM may know the service by.

    `operations` maps the names of operations to their texts, and `unsigned` are those that need no credentials.
    """

    name: str
    prefixes: tuple[str, ...]
    operations: dict[str, str]
    unsigned: frozenset[str]


@cache
def service_models() -> tuple[ServiceModel, ...]:
    """Return the newest model of each service, in the order of the names. Reading them takes seconds.

    Raise LookupError for models without texts, which some distributions of botocore have: they would say that no fact is true.
    """
    models = tuple(_service_model(path) for path in _files())
    texts = [text for model in models for text in model.operations.values()]
    if sum(map(bool, texts)) < DOCUMENTED * len(texts) or len(models) < SERVICES:
        raise LookupError(f"{MODELS} lacks services or the texts of operations. Install botocore from PyPI.")
    return models


@cache
def operations_by_prefix() -> Mapping[str, frozenset[str]]:
    """Map each prefix by which IAM may know a service to the names of its operations, in lower case."""
    names: dict[str, frozenset[str]] = {}
    for model in service_models():
        operations = frozenset(operation.lower() for operation in model.operations)
        names |= {prefix: names.get(prefix, frozenset()) | operations for prefix in model.prefixes}
    return names


def _files() -> Iterator[Path]:
    for folder in sorted(path for path in MODELS.iterdir() if path.is_dir()):
        yield from sorted(folder.glob("*/service-2.json*"))[-1:]


def _service_model(path: Path) -> ServiceModel:
    content = path.read_bytes()
    model: dict[str, Any] = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    name, metadata = path.parents[1].name, model["metadata"]
    service_id = metadata.get("serviceId", "").replace(" ", "-")
    candidates = (metadata.get("signingName"), metadata.get("endpointPrefix"), name, service_id)
    prefixes = tuple(dict.fromkeys(prefix.lower() for prefix in candidates if prefix))
    operations: dict[str, Any] = model["operations"]
    texts = {key: _plain(value.get("documentation", "")) for key, value in operations.items()}
    unsigned = frozenset(key for key, value in operations.items() if value.get("authtype") == "none")
    return ServiceModel(name, prefixes, texts, unsigned)


def _plain(text: str) -> str:
    """Return the text of an operation without markup, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))).strip()
