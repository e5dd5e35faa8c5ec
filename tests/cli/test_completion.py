"""The scripts of shells; a real bash, zsh and fish show what they do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from tests.cli.commands import RUN


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_says_how_to_install_it(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and result.stderr == ""
    comments = [line for line in lines[:6] if line.startswith("#")]
    assert any(f"iamsql completion {shell}" in line for line in comments)
    assert f"_IAMSQL_COMPLETE={shell}_complete" in result.stdout
    assert (lines[0] == "#compdef iamsql") == (shell == "zsh")
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2


def in_shell(folder: Path, *command: str) -> list[str]:
    """Return the lines that a script prints in a shell that finds the installed command."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "HOME": str(folder), "TERM": "dumb"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return result.stdout.splitlines()


BASH = """
eval "$(iamsql completion bash)"
complete -p iamsql
fill() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _iamsql_completion iamsql
  printf '%s ' "${COMPREPLY[@]}"; echo
}
fill iamsql que
fill iamsql query stale
fill iamsql runs show 2
fill iamsql tables 'aws_iam_us'
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(folder: Path) -> None:
    lines = in_shell(folder, "bash", "--norc", "-c", BASH)
    assert lines[0].split()[-3:] == ["-F", "_iamsql_completion", "iamsql"]
    assert [line.split() for line in lines[1:]] == [["queries", "query"], ["stale_keys"], [RUN], ["aws_iam_user"]]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
def test_zsh_completes(folder: Path) -> None:
    script = """
autoload -Uz compinit && compinit -D -u
eval "$(iamsql completion zsh)"
compadd() { shift $(($# - 1)); }
_describe() { print -l -- "${(@P)4}" }
words=(iamsql query stale); CURRENT=3
_iamsql_completion
print -- "${_comps[iamsql]}"
"""
    lines = in_shell(folder, "zsh", "-f", "-c", script)
    assert "_iamsql_completion" in lines


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
def test_fish_completes(folder: Path) -> None:
    script = "iamsql completion fish | source; complete -C 'iamsql query stale'; complete -C 'iamsql exp'"
    lines = in_shell(folder, "fish", "--no-config", "-c", script)
    assert [line.split("\t")[0] for line in lines] == ["stale_keys", "export"]


@pytest.mark.slow
def test_a_shell_that_completes_opens_no_run(folder: Path) -> None:
    code = """
import sys
from click.shell_completion import ShellComplete
from iamsql.cli import main
shell = ShellComplete(main, {}, "iamsql", "_IAMSQL_COMPLETE")
for words in (["runs", "show"], ["queries"], ["tables"]):
    assert shell.get_completions(words, "")
from iamsql.runs.store.driver import duckdb
duckdb.connect = None
for words in (["query"], ["query", "--run"], ["check"]):
    assert shell.get_completions(words, "")
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
