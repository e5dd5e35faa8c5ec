"""The image: its steps work without a container, and what it says about users, folders and files holds.

No builder of images is available here. The RUN instructions are executed with their folders moved to a temporary folder; the
instructions that create users, and the base image, are not tested.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iamsql.automation.deploy.fargate import CONTAINER_USER
from tests.test_supply_chain import run

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "docker" / "Dockerfile"
IGNORED = ROOT / "docker" / "Dockerfile.dockerignore"


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile: their names and arguments."""
    lines = [
        line for line in DOCKERFILE.read_text().replace("\\\n", "").splitlines() if line and not line.startswith("#")
    ]
    return [(name, argument) for name, _, argument in (line.partition(" ") for line in lines)]


def arguments(name: str) -> list[str]:
    """Return the arguments of each instruction of a name."""
    return [argument for instruction, argument in instructions() if instruction == name]


def test_the_base_image_is_given_by_digest_and_has_no_default() -> None:
    assert arguments("ARG") == ["BASE"] and {line.split()[0] for line in arguments("FROM")} == {"${BASE}"}
    assert "BASE=python:3.13-slim@sha256:" in DOCKERFILE.read_text()


def test_packages_are_installed_by_hash_as_wheels() -> None:
    installs = [line for line in arguments("RUN") if "pip install" in line]
    assert len(installs) == 3
    for line in installs:
        is_own = "/opt/wheel/" in line and "--no-deps --no-index" in line
        assert is_own or ("--require-hashes" in line and "--only-binary :all:" in line), line


def test_the_program_runs_as_the_user_of_the_task_with_its_files_in_the_volume() -> None:
    assert arguments("USER") == [CONTAINER_USER]
    environment = dict(pair.split("=", 1) for line in arguments("ENV") for pair in line.split())
    assert environment["HOME"] == environment["TMPDIR"] == "/data" and environment["IAMSQL_RUNS"] == "/data/runs"
    assert arguments("VOLUME") == ['["/data"]'] and arguments("ENTRYPOINT") == ['["iamsql"]']
    names = [name for name, _ in instructions()]
    # The owner of a volume is the owner of the folder when the volume is declared.
    owner = next(index for index, instruction in enumerate(instructions()) if "install -d -o 10001" in instruction[1])
    assert owner < names.index("VOLUME") and names.index("USER") < names.index("VOLUME")


def test_the_context_has_what_the_wheel_is_made_of() -> None:
    included = {line[1:] for line in IGNORED.read_text().splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in included)
    copied = {word for line in arguments("COPY") for word in line.split()[:-1] if word.endswith(".txt")}
    assert copied <= included and {"iamsql", "queries", "hatch_build.py", "pyproject.toml"} <= included


@pytest.mark.slow
def test_the_steps_work_and_the_program_writes_only_to_its_volume(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "0", "--timeout", "10")
    if run(*pip, "download", "--no-deps", "-d", tmp_path / "probe", "mdurl==0.1.2", cwd=tmp_path).returncode:
        pytest.skip("pip reaches no registry")
    source, opt, data = tmp_path / "src", tmp_path / "opt", tmp_path / "data"
    included = [line[1:] for line in IGNORED.read_text().splitlines() if line.startswith("!")]
    source.mkdir()
    for name in included:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, source / name)
    environment = {"PATH": f"{opt}/iamsql/bin:{Path(sys.executable).parent}:/usr/bin:/bin"}
    for line in arguments("RUN"):
        if line.startswith("groupadd"):
            continue
        script = line.replace("-o 10001 -g 10001 ", "").replace("/data", str(data)).replace("/opt/", f"{opt}/")
        result = run("bash", "-euc", script, cwd=source, HOME=str(tmp_path), **environment)
        assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
    assert len(list(opt.rglob("runs/file/template.duckdb"))) == 1, "the image has the template of run files"
    assert run(f"{opt}/iamsql/bin/python", "-m", "pip", "--version", cwd=tmp_path).returncode, "the image has no pip"

    before = snapshot(opt)
    variables = environment | {
        "HOME": str(data),
        "TMPDIR": str(data),
        "IAMSQL_RUNS": f"{data}/runs",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for command in (["sync", "--demo"], ["check", "cis_v7.0"], ["report", f"{data}/report.html"]):
        result = run(f"{opt}/iamsql/bin/iamsql", *command, cwd=data, **variables)
        assert result.returncode in (0, 1), result.stderr
    assert (data / "report.html").is_file() and len(list((data / "runs").glob("*.duckdb"))) == 1
    assert snapshot(opt) == before, "the image is read-only"


def snapshot(folder: Path) -> set[tuple[str, int]]:
    """Return the files below a folder, with the times of their changes."""
    listing = subprocess.run(
        ["find", str(folder), "-type", "f", "-printf", "%p %T@\\n"], capture_output=True, text=True, check=True
    )
    return {(line.rpartition(" ")[0], int(float(line.rpartition(" ")[2]))) for line in listing.stdout.splitlines()}
