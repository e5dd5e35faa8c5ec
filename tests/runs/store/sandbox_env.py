"""A folder with a run and with files that SQL must not read, to test the sandbox."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
from click.testing import CliRunner, Result

from iamsql.cli import main
from tests.minimal_run import make_run

CANARY = "canary-7f3a-bird"
TABLE = Path(__file__).with_name("statements.tsv")


@dataclass(frozen=True)
class SandboxFolder:
    """A folder with a run, and with files that no SQL may read."""

    folder: Path
    run: Path

    @property
    def secrets(self) -> Path:
        """Return the folder of the files."""
        return self.folder / "secrets"

    def spelled(self, statement: str) -> str:
        """Replace the placeholders of a statement by paths of this folder."""
        places = {"dir": self.secrets, "name": self.secrets.name, "run": self.run, "link": self.folder / "link.csv"}
        for name, path in places.items():
            statement = statement.replace(f"{{{name}}}", str(path))
        return statement.replace("\\n", "\n")

    def state(self) -> dict[str, str]:
        """Return the content of each file."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(self.folder.rglob("*"))
        }


def make_sandbox_folder(folder: Path, run: Path | None = None) -> SandboxFolder:
    """Create the folder, with a small run unless one is given."""
    sandbox = SandboxFolder(folder, run or make_run(folder / "run" / "20260301T100000Z-o-1.duckdb"))
    sandbox.secrets.mkdir()
    (sandbox.secrets / "canary.csv").write_text(f"word,other\n{CANARY},1\n")
    (sandbox.secrets / "canary.json").write_text(f'{{"word": "{CANARY}"}}\n')
    with duckdb.connect(str(sandbox.secrets / "canary.duckdb")) as con:
        con.execute("create table canary as select $word as word", {"word": CANARY})
        con.execute(f"copy canary to '{sandbox.secrets / 'canary.parquet'}' (format parquet)")
    (sandbox.folder / "link.csv").symlink_to(sandbox.run)
    return sandbox


def statements(*outcomes: str) -> list[str]:
    """Return the statements of the table with one of the outcomes."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [statement for outcome, _, statement in rows if outcome in outcomes]


def run_command(*args: str, **environment: str) -> Result:
    """Run the installed command."""
    return CliRunner().invoke(main, args, env={"CANARY": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY, **environment})


def is_refused(done: Result) -> bool:
    """Return whether a command ended with an error of a few lines, and printed no secret."""
    lines = done.stderr.strip().splitlines()
    quiet = CANARY not in done.output and "Traceback" not in done.output and not done.stdout
    return done.exit_code == 2 and 1 <= len(lines) <= 9 and lines[0].startswith("Error: ") and quiet
