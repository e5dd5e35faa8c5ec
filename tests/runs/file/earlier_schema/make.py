"""Write the run file of an earlier schema: `python -m tests.runs.file.earlier_schema.make`.

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

from tests.runs.file.earlier_schema.files import PACKED, VERSION

ROOT = Path(__file__).parents[4]
QUERY = "queries/keys/stale_keys.sql"  # the only one, because each query is a macro of the file
LATER_TABLES = (
    "aws_iam_document",
    "aws_iam_group_policy",
    "aws_iam_principal",
    "aws_iam_principal_policy",
    "aws_iam_server_certificate",
    "aws_iam_statement",
)
LATER_MACROS = (
    "condition_operators",
    "event_policies",
    "event_trusts",
    "postgres",
    "questions",
    "request_context",
    "risk_weights",
    "statement_matching",
)
TABLE_MACRO = "-- returns: "  # the comment in each file of table macros
EDITS = (
    ("__init__.py", "__version__ = ", f'__version__ = "{VERSION}"  # '),
    ("aws_iam_access_key.py", "create_date", "created_at"),
    ("stale_keys.sql", "create_date", "created_at"),
)
SYNC = """
import sys
from datetime import date
from pathlib import Path

from iamsql.demo.data import DataFiles
from iamsql.demo.server import SampleOrganization
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress

accounts = ("111122223333", "555566667777", "999900001111")  # the last one cannot be entered
options = Options(runs=Path(sys.argv[1]), demo=True, accounts=accounts)
outcome = sync(options, Progress(), SampleOrganization(DataFiles(date(2026, 3, 2))))
print(outcome.path)
"""


def earlier_package(folder: Path) -> None:
    """Copy iamsql into a folder and take out what the earlier schema does not have."""
    package = folder / "iamsql"
    shutil.copytree(ROOT / "iamsql", package, ignore=shutil.ignore_patterns("__pycache__"))
    later = [*(f"{name}.py" for name in LATER_TABLES), *(f"{name}.sql" for name in LATER_MACROS)]
    for name in later:
        (later_file,) = package.rglob(name)
        later_file.unlink()
    table_macros = [path for path in package.rglob("*.sql") if TABLE_MACRO in path.read_text()]
    assert table_macros
    for path in table_macros:
        path.unlink()
    (package / QUERY).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / QUERY, package / QUERY)
    for name, now, before in EDITS:
        (path,) = [package / name] if name == "__init__.py" else package.rglob(name)
        text = path.read_text()
        assert now in text, path
        path.write_text(text.replace(now, before))


def make(packed: Path) -> None:
    """Sync three accounts of the sample organization with the earlier package and compress the run file."""
    with TemporaryDirectory() as folder:
        earlier_package(Path(folder))
        environment = os.environ | {"PYTHONPATH": folder, "XDG_CACHE_HOME": folder}
        command = [sys.executable, "-c", SYNC, f"{folder}/runs"]
        result = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        content = Path(result.stdout.strip()).read_bytes()
    packed.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    make(PACKED)
