"""The targets of notifications: a module for each, with a function `open_target(text, context)`.

The name of the module is the name of the target. A module is loaded when its target is used, because each loads other clients.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from iamsql.automation.notify.model import Target, TargetContext
from iamsql.catalog.params import did_you_mean
from iamsql.escaping import printable
from iamsql.model import IamsqlError

S3 = "s3"  # whose text is a URL: s3://bucket/prefix


@cache
def target_names() -> tuple[str, ...]:
    """Return the names of the targets."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def parse_target_name(text: str) -> str:
    """Return the name of the target that a text names. Raise IamsqlError, with a similar name, if there is none."""
    name = text.partition(":")[0]
    if name not in target_names():
        suggestion = did_you_mean(name, target_names())
        raise IamsqlError(
            f"unknown target {printable(name[:60])!r}{suggestion} (targets are {', '.join(target_names())})"
        )
    return name


def open_target(text: str, context: TargetContext) -> Target:
    """Return the target that a text names, such as webhook:https://example.com. Raise IamsqlError for an invalid text."""
    name = parse_target_name(text)
    module = import_module(f"{__name__}.{name}")
    target: Target = module.open_target(text if name == S3 else text.partition(":")[2], context)
    return target
