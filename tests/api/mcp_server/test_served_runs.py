"""Only runs of the folder and of the organization that is served can be compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.api.mcp_server.served_runs import NO_COMPARABLE_RUN_MESSAGE, ServedRuns
from iamsql.api.run import Run, Settings
from iamsql.model import IamsqlError
from tests.minimal_run import make_run

NOW, BEFORE, OTHER, ELSEWHERE = (f"2026030{day}T100000Z-o-{owner}" for day, owner in ((3, 1), (2, 1), (1, 2), (0, 1)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (NOW, BEFORE, OTHER):
        make_run(tmp_path / "runs" / f"{name}.duckdb")
    elsewhere = make_run(tmp_path / "elsewhere" / f"{ELSEWHERE}.duckdb")
    (tmp_path / "runs" / elsewhere.name).symlink_to(elsewhere)
    return tmp_path / "runs"


def test_an_older_run_is_one_of_the_folder_and_the_organization(folder: Path) -> None:
    with Run(NOW, Settings(folder)) as run:
        served = ServedRuns(run)
        served.require_same_organization()
        assert served.find_older(BEFORE) == folder / f"{BEFORE}.duckdb"
        for name in (
            OTHER,
            ELSEWHERE,
            "",
            "latest",
            "2026",
            str(folder / f"{BEFORE}.duckdb"),
            f"{BEFORE}.duckdb",
            "\x00",
        ):
            with pytest.raises(IamsqlError) as caught:
                served.find_older(name)
            assert str(caught.value) == NO_COMPARABLE_RUN_MESSAGE


def test_a_file_of_another_organization_instead_of_the_run_is_an_error(folder: Path) -> None:
    with Run("latest", Settings(folder)) as run:
        served = ServedRuns(run)
        served.require_same_organization()
        make_run(folder / "20260401T100000Z-o-2.duckdb")
        with pytest.raises(IamsqlError, match="is now of another organization"):
            served.require_same_organization()
