"""`iamsql runs`: options that belong together, digests, and limits of what is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.cli.runs import sha256
from iamsql.model import IamsqlError
from tests.cli.commands import RUN, run


def test_a_digest_has_64_hexadecimal_digits() -> None:
    assert sha256("--sha256", f" {'AB' * 32}\n") == "ab" * 32
    for text in ("", "ab" * 31, "zz" * 32, "ab" * 33):
        with pytest.raises(IamsqlError, match="--sha256 takes the 64 hexadecimal digits"):
            sha256("--sha256", text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("verify", "--sha256", "ab" * 32), "--sha256 requires exactly one RUN."),
        (("verify", "--sha256", "ab" * 32, "a", "b"), "--sha256 requires exactly one RUN."),
        (("verify", "--signer", "ana"), "must be given together"),
        (("prune",), "Specify what to keep: --keep N, --older-than AGE, or both."),
        (("prune", "--keep", "-1"), "-1 is not in the range"),
        (("prune", "--older-than", "soon"), "90d"),
    ],
)
def test_options_that_do_not_fit_are_an_error_of_use(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("runs", *arguments)
    assert (result.exit_code, result.stdout) == (2, "") and message in result.stderr
    assert (folder / "runs" / f"{RUN}.duckdb").exists()


def test_options_of_the_group_apply_to_its_commands(folder: Path) -> None:
    (folder / "runs").rename(folder / "elsewhere")
    for arguments in (("--runs", "elsewhere", "list"), ("list", "--runs", "elsewhere"), ("--runs", "elsewhere")):
        result = run("runs", *arguments)
        assert result.exit_code == 0 and RUN in result.stdout
