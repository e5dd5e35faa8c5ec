"""The wheel, built and installed outside the checkout, syncs and answers."""

from __future__ import annotations

import email
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import cmarkgfm
import pytest

from iamsql import HOMEPAGE

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command without the settings of the test environment."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "IAMSQL_"))
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment | env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("iamsql-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a venv that sees this environment's packages, but not the checkout."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=venv.parent)
    python = venv / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index", "--quiet")
    run(*pip, wheel, cwd=venv.parent)
    (site,) = venv.glob("lib/python*/site-packages")
    # A plain line in a .pth adds the folder without reading the .pth files in it, so an editable install stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin" / "iamsql"


def test_the_wheel_has_the_queries_and_types_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {f"iamsql/{path.relative_to(ROOT)}" for path in (ROOT / "queries").rglob("*") if path.is_file()}
    assert shipped, "there is no query to ship"
    assert {*shipped, "iamsql/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "queries/"))]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_the_metadata_of_the_wheel_is_complete(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [each for each in archive.namelist() if each.endswith("dist-info/METADATA")]
    metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Author"] == metadata["Maintainer"] == "The iamsql developers"
    assert (metadata["License-Expression"], metadata["License-File"]) == ("Apache-2.0", "LICENSE")
    assert (metadata["Requires-Python"], metadata["Description-Content-Type"]) == (">=3.11", "text/markdown")
    urls = dict(each.split(", ", 1) for each in metadata.get_all("Project-URL", []))
    assert urls["Source"] == HOMEPAGE and len(urls) == 6
    assert str(metadata.get_payload(decode=True), "utf-8").strip() == (ROOT / "README.md").read_text().strip()


def test_the_description_is_markdown_that_a_registry_shows() -> None:
    page = cmarkgfm.github_flavored_markdown_to_html((ROOT / "README.md").read_text())
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert len(addresses) > 25 and all(address.startswith("https://") for address in addresses)
    assert page.startswith("<h1>iamsql</h1>") and page.count("<table>") >= 1 and page.count("<img ") == 1
    visible = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    assert "[[[" not in visible and "](" not in re.sub(r"<pre.*?</pre>", "", visible, flags=re.DOTALL)


def test_the_wheel_has_the_template_of_run_files_with_its_digest(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    template = archive.getinfo("iamsql/runfile/template.duckdb")
    assert template.external_attr >> 16 & 0o777 == 0o644
    digest = hashlib.sha256(archive.read(template)).hexdigest()
    assert archive.read("iamsql/runfile/template.sha256") == f"{digest}  template.duckdb\n".encode()


@pytest.mark.slow
def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 2_100_000  # of which the template of run files takes 0.5 MB


@pytest.mark.slow
def test_the_wheel_syncs_and_answers_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed.parent / "python", "-c", "import iamsql; print(iamsql.__file__)", cwd=tmp_path).stdout
    assert where.startswith(str(installed.parent.parent)), where
    home = {"HOME": str(tmp_path), "IAMSQL_RUNS": str(tmp_path / "runs"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert "0.1.0" in run(installed, "--version", cwd=tmp_path, **home).stdout
    for path in installed.parent.parent.rglob("build_template.*"):
        path.unlink()  # an installation never builds the template
    run(installed, "sync", "--demo", cwd=tmp_path, **home)
    assert not (tmp_path / "cache").exists()
    answer = run(installed, "query", "stale_keys", "--output", "csv", cwd=tmp_path, **home).stdout
    assert len(answer.splitlines()) > 1
    assert "access_key_id" in answer.splitlines()[0]
