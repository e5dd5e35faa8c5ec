"""Write the files that a package of iamsql contains: the template of run files, its SHA-256, and the dependencies of queries."""

from __future__ import annotations

from pathlib import Path

from iamsql.runs.file import known_reads
from iamsql.runs.file.build_template import build, shipped_queries
from iamsql.runs.file.template import DIGEST, FILE
from iamsql.runs.store.open_new import Template, sha256_of


def write(folder: Path) -> None:
    """Build the template in a folder, and write its digest and what the shipped queries read of its tables."""
    built = build(folder / FILE)
    digest = sha256_of(built)
    (folder / DIGEST).write_text(f"{digest}  {FILE}\n", "ascii")
    known_reads.write(Template(built, digest), shipped_queries())
