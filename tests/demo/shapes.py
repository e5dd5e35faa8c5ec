"""Compare values with shapes of botocore."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.model import Shape

TIMES = "%Y-%m-%dT%H:%M:%SZ"
KINDS = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": str}


def fits(value: Any, shape: Shape) -> None:
    """Assert that a value has the members, types and enumerated values of a shape."""
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys(), value.keys() - shape.members.keys()
        assert set(getattr(shape, "required_members", ())) <= value.keys()
        for name, item in value.items():
            fits(item, shape.members[name])
    elif shape.type_name in ("list", "map"):
        for item in value.values() if shape.type_name == "map" else value:
            fits(item, shape.value if shape.type_name == "map" else shape.member)
    else:
        assert isinstance(value, KINDS[shape.type_name]), (shape.name, value)
        assert shape.type_name != "timestamp" or datetime.strptime(value, TIMES)
        assert not getattr(shape, "enum", ()) or value in shape.enum
