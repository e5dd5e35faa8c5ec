"""Open a session with PySpark's client, an extra of the package: `spark_connect` imports this module when it is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession


def open_session(url: str) -> SparkSession:
    """Return a new session of the server at sc://HOST:PORT."""
    with _main_module_with_file():
        return SparkSession.builder.remote(url).create()


@contextmanager
def _main_module_with_file() -> Iterator[None]:
    """Give the main module a file, if it has none, as in `python -c`.

    PySpark 4.2 takes such a module for a doctest of its own, and ends the process (`check_dependencies` in
    pyspark/sql/connect/utils.py).
    """
    main_module = sys.modules["__main__"]
    if hasattr(main_module, "__file__"):
        yield
        return
    main_module.__file__ = "<string>"
    try:
        yield
    finally:
        del main_module.__file__
