"""The connection to a Spark Connect server: Apache Spark 4, Sail, and managed Sparks that speak its protocol."""

from __future__ import annotations

from pyspark.sql import SparkSession


def connect(url: str) -> SparkSession:
    """Return a session of the server at sc://HOST:PORT."""
    return SparkSession.builder.remote(url).getOrCreate()
