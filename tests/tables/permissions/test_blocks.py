"""Each CTE of a macro that consists of blocks returns its expected rows over the sample organization or test cases.

`make expected` writes the files, which have the number of rows of each CTE, a digest of them, and the first three rows. Read
every line that changes.
"""

from __future__ import annotations

from pathlib import Path

from iamsql.tables.compiler.run_macros import SIGNATURE_FILE, TABLES_FOLDER

EXPECTED = Path(__file__).parent / "expected" / "blocks"
MACROS = sorted(path.parent for path in TABLES_FOLDER.rglob(SIGNATURE_FILE))
SHOWN_ROWS, SHOWN_CHARACTERS = 3, 300
THREADS = 2
# test_granted_actions, test_evaluation and test_role_groups have cases with rows.
EMPTY = {"assume_role_rcps", "denying_trusts", "restricted", "restricting", "session_tag_keys"}
