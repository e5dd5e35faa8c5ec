"""`iamsql completion`: print the script that lets a shell complete commands, options and values."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

PROGRAM_NAME = "iamsql"
COMPLETION_VARIABLE = "_IAMSQL_COMPLETE"  # click reads this variable for a program of this name
COMPLETION_CLASSES: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
INSTALL_INSTRUCTIONS = {
    "bash": (
        "Add this line to ~/.bashrc (bash 4.4 or later):",
        '    eval "$(iamsql completion bash)"',
    ),
    "zsh": (
        "Add these lines to ~/.zshrc; the first is needed unless the file has it already:",
        "    autoload -Uz compinit && compinit",
        '    eval "$(iamsql completion zsh)"',
    ),
    "fish": (
        "Write this script to the folder of completions:",
        "    iamsql completion fish > ~/.config/fish/completions/iamsql.fish",
    ),
}


@click.command(no_args_is_help=True)
@click.argument("shell", type=click.Choice(tuple(COMPLETION_CLASSES)))
def completion(shell: str) -> None:
    """Print the completion script of a shell: bash, zsh or fish. Its first lines say how to install it.

    The shell then completes commands, options and values: queries, tables, benchmarks, controls, tags, detections, runs, AWS
    profiles, regions, formats and resource types.
    """
    script = COMPLETION_CLASSES[shell](click.Group(PROGRAM_NAME), {}, PROGRAM_NAME, COMPLETION_VARIABLE)
    # Not source(), which starts bash to find its version.
    body = script.source_template % script.source_vars()
    comments = "\n".join(
        f"# {line}"
        for line in ("Completion of iamsql. " + INSTALL_INSTRUCTIONS[shell][0], *INSTALL_INSTRUCTIONS[shell][1:])
    )
    # zsh requires #compdef in the first line of a file of its function path.
    first_line, script_body = (
        ("#compdef iamsql\n", body.lstrip().removeprefix("#compdef iamsql")) if shell == "zsh" else ("", body)
    )
    click.echo(f"{first_line}{comments}\n{script_body.strip()}")
