"""Ask an AWS organization who can get in, in SQL.

`open` returns a run, and `sync` collects one. See `iamsql.api`, which is loaded when one of its names is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iamsql.api import Answer, CheckAnswer, Run, open, sync
    from iamsql.model import IamsqlError

__all__ = ["Answer", "CheckAnswer", "IamsqlError", "Run", "__version__", "open", "sync"]
__version__ = "0.1.0"
HOMEPAGE = "https://github.com/iamsql/iamsql"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("iamsql.model" if name == "IamsqlError" else "iamsql.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
