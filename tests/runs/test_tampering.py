"""A changed run is detected by SHA256SUMS, by a digest or signature from elsewhere, and by its declarations."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.runs.checksums import SUMS_FILE, read_digests, record, update_digests
from iamsql.runs.verify import check
from tests.runs.run_folders import add_run, id_of

IDENTITY = "auditor@example.org"
HIDDEN = (  # hides the users with keys, and leaves no gap
    "delete from aws_iam_access_key; update aws_iam_user set name = 'nobody'; "
    "delete from iamsql.coverage where status <> 'ok'; update iamsql.run set status = 'complete'"
)
CATALOG = {
    "create or replace macro iam_like(x) as 'zzz'": "macro iam_like",
    "create macro raw.iam_like(x) as 'x'": "macro raw.iam_like",
    "create or replace macro stale_keys(days := 90, unused_days := 45) as table select 1 as i": "macro stale_keys",
    "drop macro as_of": "macro as_of",
    "create or replace view iamsql.api_calls as select 1 as account_id": "view iamsql.api_calls",
    "create or replace view iamsql.gaps as select 1 as account_id": "view iamsql.gaps",
    "create table more as select 1 as i": "table more",
    "alter table aws_iam_group alter name set default 'x'": "table aws_iam_group",
    "create type state as enum ('a')": "type state",
    "create sequence s": "sequence s",
    "create index i on aws_iam_group (name)": "index i",
}


@pytest.fixture
def run(demo_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a run in a folder without SHA256SUMS."""
    return Path(shutil.copy(demo_run, tmp_path))


def verify(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["runs", "verify", "-o", "csv", *map(str, args)])


def change(path: Path, sql: str) -> None:
    """Change a run with DuckDB, which writes new checksums of blocks."""
    with duckdb.connect(str(path)) as con:
        con.execute(sql)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_changed_run_is_reported_and_not_opened(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(run)
    verification = check(run)
    assert (verification.status, verification.digest, verification.note) == ("intact", "matches", "")
    before = digest(run)
    change(run, HIDDEN)
    monkeypatch.setattr("iamsql.runs.store.reader.open_run", lambda *args, **more: pytest.fail("it was opened"))
    verification = check(run)
    assert (verification.status, verification.digest, verification.rows) == ("changed", "differs", None)
    assert (
        verification.note == f"changed since it was written: {SUMS_FILE} says {before}"
        and verification.sha256 == digest(run)
    )
    result = verify("--runs", run.parent)
    assert result.exit_code == 1 and "changed,,," in result.stdout


@pytest.mark.slow
def test_a_run_without_a_digest_is_not_called_verified(run: Path) -> None:
    verification = check(run)
    assert (verification.status, verification.digest) == ("intact", "not listed")
    assert verification.note == f"{SUMS_FILE} does not list it: the file may have been copied from elsewhere"
    assert verify(run).exit_code == 0


def test_a_digest_can_be_required(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("iamsql.runs.verify.open_run", lambda *args, **more: pytest.fail("it was opened"))
        for names in (["--runs", run.parent], [run]):
            result = verify(*names, "--require-digest")
            assert (
                result.exit_code == 1 and ",not listed," in result.stdout and f"{run.stem},unlisted," in result.stdout
            )
    record(run)
    assert verify("--runs", run.parent, "--require-digest").exit_code == 0
    run.rename(f"{run}.partial")
    (run.parent / "SHA256SUMS").unlink()
    assert verify("--runs", run.parent, "--require-digest").exit_code == 1
    assert verify("--runs", run.parent).exit_code == 0


@pytest.mark.slow
def test_a_digest_is_required_of_each_run(run: Path, tmp_path: Path) -> None:
    record(run)
    shutil.copy(run, tmp_path / f"{run.name}.partial")  # which has no digest
    assert verify("--runs", run.parent, "--require-digest").exit_code == 0
    assert verify(run, "--sha256", digest(run), "--require-digest").exit_code == 0
    other = shutil.copy(run, tmp_path / "20260101T000000Z-o-other.duckdb")
    result = verify("--runs", run.parent, "--require-digest")
    assert (
        result.exit_code == 1
        and "20260101T000000Z-o-other,unlisted," in result.stdout
        and f"{run.stem},intact," in result.stdout
    )
    Path(other).unlink()
    with duckdb.connect(str(tmp_path / "20260102T000000Z-x.duckdb")) as con:
        con.execute("create table t as select 1")
    assert verify("--runs", run.parent, "--require-digest").exit_code == 1
    assert verify("--runs", run.parent).exit_code == 0


@pytest.mark.slow
def test_a_digest_from_elsewhere_has_precedence_over_the_folder(run: Path) -> None:
    known_digest = digest(run)
    assert verify(run, "--sha256", known_digest).exit_code == 0
    assert ",matches," in verify(run, "--sha256", f" {known_digest.upper()}\n").stdout
    change(run, HIDDEN)
    record(run)  # as a user with write access to the folder can
    assert verify(run).exit_code == 0
    result = verify(run, "--sha256", known_digest)
    assert result.exit_code == 1 and ",differs,its SHA-256 is not the one given" in result.stdout


@pytest.mark.parametrize("value", ["", "0", "g" * 64, "0" * 63, "0" * 65, f"0x{'0' * 62}", "é" * 64, "\x1b[2J"])
def test_an_invalid_digest_is_an_error(tmp_path: Path, value: str) -> None:
    result = verify(add_run(tmp_path, 1), "--sha256", value)
    assert result.exit_code == 2 and "64 hexadecimal digits" in result.stderr and "\x1b" not in result.stderr


def test_a_digest_with_several_runs_is_an_error(tmp_path: Path) -> None:
    add_run(tmp_path, 1)
    for names in ([], ["latest", "latest"]):
        result = verify(*names, "--sha256", "0" * 64, "--runs", tmp_path)
        assert result.exit_code == 2 and "requires exactly one RUN" in result.stderr


def test_a_missing_run_is_reported(tmp_path: Path) -> None:
    missing = add_run(tmp_path, 1)
    record(missing)
    missing.unlink()
    update_digests(tmp_path, {"../else\x1b.duckdb": "0" * 64, "\x1b[2J.duckdb": "0" * 64})
    result = verify("--runs", tmp_path)
    assert result.exit_code == 1 and result.stdout.count("missing") == 2
    assert f"{id_of(1)},missing" in result.stdout and "\x1b" not in result.stdout


def test_two_digests_for_one_run_match_neither(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1)
    record(path)
    assert check(path).digest == "matches"
    with (tmp_path / SUMS_FILE).open("a") as stream:
        stream.write(f"{'0' * 64}  {path.name}\n")
    assert len(read_digests(tmp_path)[path.name]) == 2
    assert check(path).digest == "differs"


@pytest.mark.slow
@pytest.mark.parametrize("sql", CATALOG)
def test_a_changed_macro_or_table_is_reported_without_a_digest(run: Path, sql: str) -> None:
    change(run, sql)
    verification = check(run)
    assert (verification.status, verification.digest) == ("changed", "not listed")
    assert verification.note == f"not as this version of iamsql declares it: {CATALOG[sql]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lower(x)", "count(x)", "bit_xor(x)", "hash(x)"])
def test_a_macro_that_replaces_a_function_of_duckdb_is_reported(run: Path, name: str) -> None:
    change(run, f"create macro {name} as 'x'")
    verification = check(run)
    assert (
        verification.status == "damaged"
        and verification.note == f"its macro {name[:-3]} has the name of a function of DuckDB"
    )


@pytest.mark.slow
def test_a_run_that_was_written_again_is_as_declared(run: Path) -> None:
    """DuckDB writes some lists of a macro's body in another order each time."""
    for turn in range(3):
        change(run, f"update iamsql.run set run_id = 'run-{turn}'")
        assert check(run).status == "intact"


@pytest.mark.slow
def test_a_run_of_another_version_is_not_compared_with_the_declarations(run: Path) -> None:
    change(run, f"{next(iter(CATALOG))}; update iamsql.run set iamsql_version = '0.0.1'")
    assert check(run).status == "intact"


@pytest.mark.slow
def test_a_query_of_another_version_is_not_compared(run: Path) -> None:
    sql = "create or replace macro stale_keys() as table select 1 as i"
    change(run, f"{sql}; update iamsql.queries set version = 99 where name = 'stale_keys'")
    assert check(run).status == "intact"


needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """Return a signed run with its file of allowed signers."""
    path, key = add_run(tmp_path / "runs", 1), tmp_path / "key"
    change(path, "create table aws_iam_credential_report (account_id varchar)")
    for command in (
        ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key],
        ["-q", "-Y", "sign", "-n", "file", "-f", key, path],
    ):
        subprocess.run(["ssh-keygen", *command], check=True, capture_output=True)
    public = (tmp_path / "key.pub").read_text()
    (tmp_path / "allowed").write_text(f'{IDENTITY} namespaces="file" {public}')
    return path


def by(path: Path, identity: str = IDENTITY) -> Result:
    return verify(path, "--allowed-signers", path.parent.parent / "allowed", "--signer", identity)


@pytest.mark.slow
@needs_ssh
def test_a_signature_is_valid_until_the_run_changes(signed: Path) -> None:
    with duckdb.connect(str(signed)) as con:  # opened for writing, and not written
        con.execute("select 1")
    result = by(signed)
    assert result.exit_code == 0 and f"signed by {IDENTITY}" in result.stdout
    change(signed, "update aws_iam_user set name = 'nobody'")
    result = by(signed)
    assert result.exit_code == 1 and ",unsigned," in result.stdout and "ssh-keygen: " in result.stdout


@needs_ssh
def test_a_signature_by_another_key_is_invalid(signed: Path) -> None:
    assert by(signed, "somebody@example.org").exit_code == 1
    assert by(signed, "-oProxyCommand=x").exit_code == 1
    other = signed.parent.parent / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    for key, namespace in ((other, "file"), (signed.parent.parent / "key", "git")):
        Path(f"{signed}.sig").unlink()
        sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key, signed]
        subprocess.run(sign, check=True, capture_output=True)
        assert by(signed).exit_code == 1
    Path(f"{signed}.sig").write_text("no signature\n")
    assert by(signed).exit_code == 1
    Path(f"{signed}.sig").unlink()
    result = by(signed)
    assert result.exit_code == 1 and f"there is no signature {signed.name}.sig" in result.stdout


@needs_ssh
def test_a_run_whose_name_begins_with_a_dash_is_verified(signed: Path) -> None:
    for path in (signed, Path(f"{signed}.sig")):
        path.rename(path.with_name(f"-O verify {path.name}"))
    assert by(signed.with_name(f"-O verify {signed.name}")).exit_code == 0


def test_a_signature_needs_ssh_keygen_and_both_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, allowed = add_run(tmp_path, 1), tmp_path / "allowed"
    allowed.write_text("")
    for half in (("--signer", IDENTITY), ("--allowed-signers", allowed)):
        assert "must be given together" in verify(path, *half).stderr
    monkeypatch.setenv("PATH", os.devnull)
    result = verify(path, "--allowed-signers", allowed, "--signer", IDENTITY)
    assert result.exit_code == 2 and "ssh-keygen, which checks signatures, is not installed." in result.stderr
