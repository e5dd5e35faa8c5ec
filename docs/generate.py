"""What the README shows of the program comes out of the program: cog calls these, and `make check` compares."""

from __future__ import annotations

from click.testing import CliRunner

from iamsql import cli


def fenced(text: str, language: str = "text") -> str:
    """Put a text between fences."""
    return f"```{language}\n{text.rstrip()}\n```"


def shown(*arguments: str) -> str:
    """Run the program and give what it says, at a width of 80."""
    answer = CliRunner().invoke(cli.main, list(arguments), prog_name="iamsql", env={"COLUMNS": "80"})
    if answer.exit_code:
        raise SystemExit(f"iamsql {' '.join(arguments)}: {answer.output} {answer.exception!r}")
    return answer.output


def usage(*command: str) -> str:
    """Show a command's help."""
    return fenced(shown(*command, "--help"))


def iam_policy(*options: str) -> str:
    """Show the policy that `iamsql role` prints with these options."""
    answer = CliRunner().invoke(cli.main, ["role", *options])
    if answer.exit_code:
        raise SystemExit(f"iamsql role {' '.join(options)}: {answer.stderr}")
    return fenced(answer.stdout, "json")
