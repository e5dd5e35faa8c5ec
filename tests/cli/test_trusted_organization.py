"""Trust policies name the organization of --organization or of the newest run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import deploy
from tests.minimal_run import make_run


@pytest.mark.parametrize(
    ("options", "is_known"), [("{}", True), ('{"demo": true}', False), ('{"import": true}', False)]
)
def test_trust_policies_name_the_organization_of_the_newest_run(tmp_path: Path, options: str, is_known: bool) -> None:
    statements = (f"update iamsql.run set organization_id = 'o-ab12cd34ef', options = '{options}'",)
    make_run(tmp_path / "20260301T100000Z-o-ab12cd34ef.duckdb", statements=statements)
    for arguments in (["stackset", "--output", "json"], ["stackset", "--member"], ["terraform"]):
        result = deploy(*arguments, runs=tmp_path)
        assert ("o-ab12cd34ef" in result.stdout) == is_known
        assert (
            "aws:ResourceOrgID}" in result.stdout.replace('aws:ResourceOrgID": "$', "")
        ) != is_known or arguments == ["terraform"]
        assert ("organization o-ab12cd34ef of run 20260301T100000Z" in result.stderr) == is_known
        assert ("because no run has its ID" in result.stderr) != is_known
    with_id = deploy("stackset", "--organization", "o-zz99zz99zz", runs=tmp_path)
    assert "o-zz99zz99zz" in with_id.stdout and "o-ab12cd34ef" not in with_id.stdout + with_id.stderr
