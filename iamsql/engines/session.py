"""Open a session with PySpark's client, an extra of the package: `spark_connect` imports this module when it is needed."""

from __future__ import annotations

from pyspark.sql import SparkSession


def open_session(url: str) -> SparkSession:
    """Return a new session of the server at sc://HOST:PORT."""
    return SparkSession.builder.remote(url).create()
