"""Write the certified lists: `python -m tests.lake.engines.certify sail` or `spark`, with sc://HOST:PORT for a server that runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import iamsql.lake.engines
from iamsql.lake.engines.certified import Certificate, certificate_text, certificates
from tests.lake.engines.catalogue import newest
from tests.lake.engines.compare import certificate, closed, compare, open_runs
from tests.lake.engines.runs import runs

FOLDER = Path(iamsql.lake.engines.__file__).parent / "certified"
START_SECONDS = 180


@contextmanager
def sail_server(mode: str = "local") -> Iterator[str]:
    """Start a Sail server in a mode, local or local-cluster, and yield its address."""
    command = [sys.executable, "-m", "pysail", "spark", "server", "--port"]
    with _started(command, {"SAIL_MODE": mode}) as url:
        yield url


@contextmanager
def sail_servers() -> Iterator[Sequence[str]]:
    """Start a Sail server in each mode, and yield their addresses."""
    with sail_server() as local, sail_server("local-cluster") as cluster:
        yield local, cluster


@contextmanager
def spark_servers() -> Iterator[Sequence[str]]:
    """Start the Spark Connect server of the package pyspark, which needs Java, and yield its address."""
    submit = Path(import_module("pyspark").__path__[0]) / "bin" / "spark-submit"
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    # By default, a shuffle has 200 partitions, which would take most of the time of small tables.
    settings = ("spark.connect.grpc.binding.port={}", "spark.sql.shuffle.partitions=2", "spark.ui.enabled=false")
    options = [word for setting in settings for word in ("--conf", setting)]
    with _started([str(submit), "--class", server, *options, "spark-internal"]) as url:
        yield [url]


@contextmanager
def _started(command: Sequence[str], variables: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a server on a free port, which replaces {} in the command or follows it, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    arguments = [word.replace("{}", port) for word in command]
    arguments += [] if "{}" in "".join(command) else [port]
    environment = {**os.environ, **(variables or {})}
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait_for(int(port))
            yield f"sc://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # spark-submit starts Java in a process of its own


def _wait_for(port: int) -> None:
    for _ in range(START_SECONDS * 10):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"no server listens on port {port}")


SERVERS = {"sail": sail_servers, "spark": spark_servers}


def certify(urls: Sequence[str], names: Sequence[str] = ()) -> Iterator[Certificate]:
    """Compare the newest version of every shipped query, or of the named ones, on all runs.

    The first server answers for all runs. Another, Sail's local cluster, answers for two of them: it is slower, and differs in what
    it can run rather than in its values.
    """
    with TemporaryDirectory(prefix="iamsql-certify-") as folder:
        opened = list(open_runs(runs(Path(folder)), Path(folder) / "parquet", urls))
        server = opened[0].engine.server()
        for query in newest().values():
            if not names or query.name in names:
                yield certificate(query, server, compare(query, opened))
        closed(opened)


def main(product: str, *arguments: str) -> None:
    """Write the certified list of a product, or renew the certificates of the named queries."""
    urls = [word for word in arguments if word.startswith("sc://")]
    names = [word for word in arguments if word not in urls]
    with nullcontext(urls) if urls else SERVERS[product]() as addresses:
        by_query = dict(certificates(product)) if names else {}
        for certificate in certify(addresses, names):
            if certificate.engine != product:
                raise SystemExit(f"the server is {certificate.engine}, not {product}")
            by_query[certificate.query] = certificate
            print(f"{certificate.result:8}{certificate.query} {certificate.reason}", file=sys.stderr, flush=True)
            write(product, by_query)


def write(product: str, by_query: Mapping[str, Certificate]) -> None:
    """Write the certified list of a product."""
    FOLDER.mkdir(exist_ok=True)
    text = certificate_text(by_query[name] for name in sorted(by_query))
    (FOLDER / f"{product}.csv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
