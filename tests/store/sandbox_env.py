"""The ground on which SQL tries its ways out: a run, files that it must not see, and how it all looked before."""

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
class Ground:
    """A folder with a run and with files that no SQL may read."""

    folder: Path
    run: Path

    @property
    def secrets(self) -> Path:
        """Give the folder of the files."""
        return self.folder / "secrets"

    def spelled(self, statement: str) -> str:
        """Put the paths of this ground into a statement."""
        places = {"dir": self.secrets, "name": self.secrets.name, "run": self.run, "link": self.folder / "link.csv"}
        for name, place in places.items():
            statement = statement.replace(f"{{{name}}}", str(place))
        return statement.replace("\\n", "\n")

    def state(self) -> dict[str, str]:
        """Tell each file by its content."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(self.folder.rglob("*"))
        }


def make_ground(folder: Path, run: Path | None = None) -> Ground:
    """Lay the ground out; the run is a small one unless one is given."""
    ground = Ground(folder, run or make_run(folder / "run" / "20260301T100000Z-o-1.duckdb"))
    ground.secrets.mkdir()
    (ground.secrets / "canary.csv").write_text(f"word,other\n{CANARY},1\n")
    (ground.secrets / "canary.json").write_text(f'{{"word": "{CANARY}"}}\n')
    with duckdb.connect(str(ground.secrets / "canary.duckdb")) as con:
        con.execute("create table canary as select $word as word", {"word": CANARY})
        con.execute(f"copy canary to '{ground.secrets / 'canary.parquet'}' (format parquet)")
    (ground.folder / "link.csv").symlink_to(ground.run)
    return ground


def statements(*outcomes: str) -> list[str]:
    """List the statements of the table with one of the outcomes."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [statement for outcome, _, statement in rows if outcome in outcomes]


def asked(*args: str) -> Result:
    """Run the command as it is installed."""
    return CliRunner().invoke(main, args, env={"CANARY": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY})


def is_refused(done: Result) -> bool:
    """Tell whether a command ended with an error in a few lines, and gave nothing away."""
    lines = done.stderr.strip().splitlines()
    quiet = CANARY not in done.output and "Traceback" not in done.output and not done.stdout
    return done.exit_code == 2 and 1 <= len(lines) <= 9 and lines[0].startswith("Error: ") and quiet
