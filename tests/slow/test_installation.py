"""pipx and uv install the wheel on each Python of the machine, as docs/guide/install.md shows, and the command works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
TOOLS = ("uv", "pipx")
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **env: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the settings of the test environment."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "IAMSQL_"))
    }
    environment = inherited | {name: str(value) for name, value in env.items()}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def pythons() -> Iterator[tuple[str, Path]]:
    """Yield the versions that are installed: on PATH, or as a version of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        candidates = [*sorted(pyenv.glob(f"{version}.*/bin/python")), *filter(None, [shutil.which(f"python{version}")])]
        for path in map(Path, candidates):
            result = subprocess.run([path, "-c", "import ensurepip"], capture_output=True, check=False)
            if result.returncode == 0:  # not a shim of pyenv for a version that is not selected
                yield version, path
                break


PYTHONS = dict(pythons())


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of uv and pipx; skip if no registry can be reached."""
    folder = tmp_path_factory.mktemp("tools")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "0", "--timeout", "10")
    if run(*pip, "download", "--no-deps", "-d", folder / "probe", "mdurl==0.1.2", cwd=folder).returncode:
        pytest.skip("pip reaches no registry")
    assert run(sys.executable, "-m", "venv", folder / "venv", cwd=folder).returncode == 0
    result = run(folder / "venv/bin/pip", "install", "-q", "-c", ROOT / "constraints.txt", *TOOLS, cwd=folder)
    assert result.returncode == 0, result.stderr
    return folder / "venv" / "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    result = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    (built,) = folder.glob("iamsql-*.whl")
    return built


def try_demo(folder: Path, *command: str | Path, **env: str | Path) -> None:
    """Sync the sample organization and query it with an installed command."""
    env |= {"HOME": folder, "IAMSQL_RUNS": folder / "runs", "XDG_CACHE_HOME": folder / "cache"}
    for args in (["--version"], ["sync", "--demo", "--quiet"], ["query", "stale_keys", "-o", "csv"]):
        result = run(*command, *args, cwd=folder, **env)
        assert result.returncode == 0, result.stderr
    assert "access_key_id" in result.stdout.splitlines()[0] and len(result.stdout.splitlines()) > 1


def test_pythons_are_found() -> None:
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in PYTHONS


@pytest.mark.parametrize("version", PYTHONS)
def test_pipx_installs_the_wheel(version: str, wheel: Path, tools: Path, tmp_path: Path) -> None:
    folders = {"PIPX_HOME": tmp_path / "pipx", "PIPX_BIN_DIR": tmp_path / "bin", "HOME": tmp_path}
    result = run(tools / "pipx", "install", "--python", PYTHONS[version], wheel, cwd=tmp_path, **folders)
    assert result.returncode == 0, result.stderr
    try_demo(tmp_path, tmp_path / "bin" / "iamsql")


@pytest.mark.parametrize("version", PYTHONS)
def test_uvx_runs_the_wheel_without_an_installation(version: str, wheel: Path, tools: Path, tmp_path: Path) -> None:
    uvx = (tools / "uvx", "--quiet", "--python", PYTHONS[version], "--from", wheel, "iamsql")
    try_demo(tmp_path, *uvx, UV_CACHE_DIR=tmp_path / "uv", UV_PYTHON_DOWNLOADS="never")
