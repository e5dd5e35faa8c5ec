"""Write the run file of an earlier schema: `python -m tests.old.make`.

The file comes from a copy of iamsql with fewer declarations: no table, view, macro or query of permissions, no server
certificates, and another name for one column. Make the file again when the tables of the schema `iamsql` change, which files of
released versions will not allow. The first release replaces this file with one of its own.
"""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.old.files import PACKED, VERSION

ROOT = Path(__file__).parents[2]
QUERY = "queries/keys/stale_keys.sql"  # the only one, because each query is a macro of the file
NOT_YET = (
    "shape/questions/*.sql",
    "shape/escalation.sql",
    "shape/postgres.sql",
    "shape/request*.sql",
    "shape/risk*.sql",
    "shape/writ*.sql",
    "tables/aws_iam_server_certificate.py",
    "views/aws_iam_document.py",
    "views/aws_iam_group_policy.py",
    "views/aws_iam_principal.py",
    "views/aws_iam_principal_policy.py",
    "views/aws_iam_statement.py",
)
EDITS = (
    ("__init__.py", "__version__ = ", f'__version__ = "{VERSION}"  # '),
    ("views/aws_iam_access_key.py", "create_date", "created_at"),
    (QUERY, "create_date", "created_at"),
)
SYNC = """
import sys
from datetime import date
from pathlib import Path

from iamsql.demo import Room
from iamsql.sync import Options, sync
from iamsql.sync.run import Silent

accounts = ("111122223333", "555566667777", "999900001111")  # the last one cannot be entered
outcome = sync(Options(runs=Path(sys.argv[1]), demo=True, accounts=accounts), Silent(), Room(date(2026, 3, 2)))
print(outcome.path)
"""


def earlier_package(folder: Path) -> None:
    """Copy iamsql into a folder and take out what the earlier schema does not have."""
    package = folder / "iamsql"
    shutil.copytree(ROOT / "iamsql", package, ignore=shutil.ignore_patterns("__pycache__"))
    for pattern in NOT_YET:
        found = list(package.glob(pattern))
        assert found, pattern
        for path in found:
            path.unlink()
    (package / QUERY).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / QUERY, package / QUERY)
    for name, now, before in EDITS:
        text = (package / name).read_text()
        assert now in text, name
        (package / name).write_text(text.replace(now, before))


def make(packed: Path) -> None:
    """Sync three accounts of the sample organization with the earlier package and compress the run file."""
    with TemporaryDirectory() as folder:
        earlier_package(Path(folder))
        environment = os.environ | {"PYTHONPATH": folder, "XDG_CACHE_HOME": folder}
        command = [sys.executable, "-c", SYNC, f"{folder}/runs"]
        done = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        content = Path(done.stdout.strip()).read_bytes()
    packed.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    make(PACKED)
