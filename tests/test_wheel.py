"""The wheel, built and installed outside the checkout, syncs and answers."""

from __future__ import annotations

import email
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import cmarkgfm
import grimp
import pytest

from iamsql.version import HOMEPAGE

ROOT = Path(__file__).parent.parent
ENTRY_POINTS = {"iamsql", "iamsql.__main__", "iamsql.api", "iamsql.aws_lambda", "iamsql.check.testing.pytest_plugin"}
# Packages whose modules are found by walking, and folders whose files are.
LOADED_BY_WALKING = {"tables", "automation.notify.targets", "dialect.core", "dialect.library"}
READ_BY_WALKING = {
    "dialect/macros",
    "check/diff/kinds",
    "tables/macros",
    "tables/macros/tables",
    "report/html/templates",
}
READ_BY_WALKING |= {"tables", "tables/permissions", "tables/permissions/data", "tables/permissions/tables"}
READ_BY_WALKING |= {
    str(path.parent.relative_to(ROOT / "iamsql")) for path in (ROOT / "iamsql").rglob("00_signature.sql")
}


def run(*command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command without the settings of the test environment."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "IAMSQL_"))
    }
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment | env, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr + result.stdout
    return result


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


@pytest.mark.slow
def test_the_wheel_has_the_queries_and_types_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {f"iamsql/{path.relative_to(ROOT)}" for path in (ROOT / "queries").rglob("*") if path.is_file()}
    assert shipped, "there is no query to ship"
    assert {*shipped, "iamsql/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "queries/"))]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


@pytest.mark.slow
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
    assert page.startswith("<h1>iamsql</h1>") and page.count("<table>") >= 1 and page.count("<img ") == 2
    visible = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    assert "[[[" not in visible and "](" not in re.sub(r"<pre.*?</pre>", "", visible, flags=re.DOTALL)


@pytest.mark.slow
def test_the_wheel_has_the_template_of_run_files_with_its_digest(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    template = archive.getinfo("iamsql/runs/file/template.duckdb")
    assert template.external_attr >> 16 & 0o777 == 0o644
    digest = hashlib.sha256(archive.read(template)).hexdigest()
    assert archive.read("iamsql/runs/file/template.sha256") == f"{digest}  template.duckdb\n".encode()
    reads = json.loads(archive.read("iamsql/runs/file/template.json"))
    assert reads["template"] == digest and len(reads["reads"]) > 300


@pytest.mark.slow
def test_the_wheel_is_small(wheel: Path) -> None:
    """The modules take 1.3 MB of the wheel, the template of run files 0.9 MB, the SQL of queries and macros 0.5 MB, and CSV files
    0.2 MB, half of them the names of IAM actions."""
    assert wheel.stat().st_size < 3_400_000
    large = {file.filename for file in zipfile.ZipFile(wheel).infolist() if file.compress_size > 30_000}
    assert {re.sub(r"^iamsql-.*/", "", name) for name in large} == {
        "RECORD",  # the hash of each file
        "iamsql/demo/data.tar.xz",  # the sample organization
        "iamsql/tables/compiler/iam_action_names.csv",
        "iamsql/runs/file/template.duckdb",
    }


@pytest.mark.slow
def test_the_package_reads_each_data_file_of_the_wheel(wheel: Path) -> None:
    """A file that only tests or documentation read belongs to their folders."""
    names = [name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith(".py") and "dist-info" not in name]
    data_files = {name for name in names if not name.startswith("iamsql/queries/")} - {"iamsql/py.typed"}
    code = "\n".join(path.read_text() for path in (ROOT / "iamsql").rglob("*.py"))
    unnamed = {name for name in data_files if not re.search(rf"\b{re.escape(Path(name).stem)}\b", code)}
    assert len(data_files) > 80
    assert {str(Path(name).parent.relative_to("iamsql")) for name in unnamed} <= READ_BY_WALKING


@pytest.mark.slow
def test_the_package_loads_each_module() -> None:
    """A module that only tests import belongs to the tests."""
    graph = grimp.build_graph("iamsql")
    waiting = {
        *ENTRY_POINTS,
        *(name for name in graph.modules if name.rpartition(".")[0].removeprefix("iamsql.") in LOADED_BY_WALKING),
    }
    loaded: set[str] = set()
    while waiting:
        module = waiting.pop()
        loaded.add(module)
        waiting |= (graph.find_modules_directly_imported_by(module) | modules_named_in(module)) & graph.modules - loaded
    packages = {module.rpartition(".")[0] for module in graph.modules}
    assert graph.modules - packages - loaded == set()


def modules_named_in(module: str) -> set[str]:
    """Return the modules whose names are texts of a module, which it imports when they are needed."""
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not source.is_file():
        source = source.with_suffix("") / "__init__.py"
    return set(re.findall(r"iamsql(?:\.\w+)+", source.read_text()))


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
    output = run(installed, "query", "stale_keys", "--output", "csv", cwd=tmp_path, **home).stdout
    assert len(output.splitlines()) > 1
    assert "access_key_id" in output.splitlines()[0]
