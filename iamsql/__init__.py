"""Ask an AWS organization who can get in, in SQL.

`open` returns a run, and `collect` reads an organization into one. See `iamsql.api`, which is loaded when one of its names is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iamsql.version import __version__

if TYPE_CHECKING:
    from iamsql.api import Answer, CheckAnswer, Run, collect, open
    from iamsql.model import IamsqlError

__all__ = ["Answer", "CheckAnswer", "IamsqlError", "Run", "__version__", "collect", "open"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from iamsql import api, model  # noqa: PLC0415 - the command line does not need the Python API as a whole

    return getattr(model if name == "IamsqlError" else api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
