"""Trust policies name the organization of --organization or of the newest run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import deploy
from tests.minimal_run import make_run


@pytest.mark.parametrize(("options", "known"), [("{}", True), ('{"demo": true}', False), ('{"import": true}', False)])
def test_trust_policies_name_the_organization_of_the_newest_run(tmp_path: Path, options: str, known: bool) -> None:
    statements = (f"update iamsql.run set organization_id = 'o-ab12cd34ef', options = '{options}'",)
    make_run(tmp_path / "20260301T100000Z-o-ab12cd34ef.duckdb", statements=statements)
    for words in (["stackset", "--output", "json"], ["stackset", "--member"], ["terraform"]):
        done = deploy(*words, runs=tmp_path)
        assert ("o-ab12cd34ef" in done.stdout) == known
        assert ("aws:ResourceOrgID}" in done.stdout.replace('aws:ResourceOrgID": "$', "")) != known or words == [
            "terraform"
        ]
        assert ("organization o-ab12cd34ef of run 20260301T100000Z" in done.stderr) == known
        assert ("because no run has its ID" in done.stderr) != known
    named = deploy("stackset", "--organization", "o-zz99zz99zz", runs=tmp_path)
    assert "o-zz99zz99zz" in named.stdout and "o-ab12cd34ef" not in named.stdout + named.stderr
