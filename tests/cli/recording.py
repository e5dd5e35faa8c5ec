"""Write docs/images/terminal.svg, an animation of commands over the sample organization: `make recording`.

The text is what the commands print on a terminal. The image has no script and loads nothing: styles show one command after
another. With `prefers-reduced-motion`, it shows the first one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from click.testing import CliRunner

from iamsql.cli import main
from iamsql.render.terminal.width import display_width
from tests.conftest import sample_run

IMAGE = Path(__file__).parents[2] / "docs" / "images" / "terminal.svg"
KEY = "AKIAC4JNQYUPGS2UKPFM"  # the key of the sample organization that an attacker created
COMMANDS = (
    ("query", "escalation_paths"),
    ("query", "key_timeline", "--arg", f"access_key_id={KEY}"),
    ("query", "skipped_accounts"),
)
COLUMNS, LINES = 112, 26
SECONDS, TYPING = 8.0, 1.6  # of a command, and of its typing
FONT, WIDTH, HEIGHT, MARGIN = 13, 7.83, 17, 14  # the size of the font, of a character and of the margin in pixels
SGR = re.compile("\x1b\\[([0-9;]*)m")
# The classes of Select Graphic Rendition parameters.
CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "34": "l", "35": "m", "36": "c"}
STYLE = """
svg { background: #0d1117; font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
text { fill: #e6edf3; white-space: pre; }
.b { font-weight: 700; } .d { fill: #8b949e; } .r { fill: #ff7b72; } .g { fill: #7ee787; } .y { fill: #e3b341; }
.l { fill: #79c0ff; } .m { fill: #d2a8ff; } .c { fill: #76e3ea; }
"""
WITHOUT_MOTION = """
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } .p0, .o0 { visibility: visible !important; } }
"""


def screen(command: Sequence[str]) -> list[str]:
    """Return the lines that a command prints on a terminal, the notes last. Raise ValueError for a line that is too wide."""
    arguments = [*command, "--run", str(sample_run()), "--color", "always"]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": str(COLUMNS)})
    if result.exit_code:
        raise ValueError(f"{shlex.join(command)}: {result.output}")
    lines = result.stdout.splitlines()
    if wide := [line for line in lines if display_width(SGR.sub("", line)) > COLUMNS]:
        raise ValueError(f"{shlex.join(command)}: {wide[0]}")
    room = LINES - 2
    return lines if len(lines) <= room else [*lines[: room - 1], "\x1b[2m…\x1b[0m"]


def spans(line: str) -> Iterator[tuple[str, str]]:
    """Yield the classes and the text of each part of a line."""
    classes = ""
    for index, part in enumerate(SGR.split(line)):
        if index % 2:
            classes = " ".join(CLASSES[code] for code in part.split(";") if code in CLASSES)
        elif part:
            yield classes, part


def drawn(line: str, row: int) -> str:
    """Return a line as a text element: each part has its position, because browsers differ in the width of a character."""
    parts, column = [], 0
    for classes, part in spans(line):
        attributes = f' class="{classes}"' if classes else ""
        parts.append(f'<tspan x="{MARGIN + column * WIDTH:.1f}"{attributes}>{escape(part)}</tspan>')
        column += display_width(part)
    return f'<text y="{MARGIN + (row + 1) * HEIGHT - 4}">{"".join(parts)}</text>' if parts else ""


def animation(screens: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the SVG of commands and their lines."""
    width, height = round(COLUMNS * WIDTH) + 2 * MARGIN, LINES * HEIGHT + 2 * MARGIN
    styles, groups = [STYLE], []
    for number, (command, lines) in enumerate(screens):
        styles += keyframes(number, len(screens), len(command) + 2)
        prompt = drawn(f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m", 0)
        output = "\n".join(filter(None, (drawn(line, row) for row, line in enumerate(lines, 1))))
        groups.append(
            f'<clipPath id="c{number}"><rect id="t{number}" x="0" y="0" width="{width}" height="{height}"/></clipPath>\n'
            f'<g class="p{number}"><g clip-path="url(#c{number})">{prompt}</g></g>\n<g class="o{number}">{output}</g>\n'
        )
    title = escape(f"Commands of iamsql over the sample organization: {', '.join(command for command, _ in screens)}")
    attributes = f'role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f"<title>{title}</title>\n<style>{''.join(styles)}{WITHOUT_MOTION}</style>\n"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>\n{head}{"".join(groups)}</svg>\n'


def keyframes(number: int, screens: int, characters: int) -> Iterator[str]:
    """Yield the styles of a screen: when its prompt and output are visible, and how the characters of its command appear."""
    total = SECONDS * screens
    start, end, typed = 100 * number / screens, 100 * (number + 1) / screens, 100 * TYPING / total
    hidden, visible = "{ visibility: hidden; }", "{ visibility: visible; }"
    for name, first in (("p", start), ("o", start + typed)):
        yield f"@keyframes {name}{number} {{ 0%, {first:.3f}% {hidden} {first + 0.001:.3f}%, {end - 0.001:.3f}% {visible} "
        yield f"{end:.3f}%, 100% {hidden} }}\n"
        yield f".{name}{number} {{ visibility: hidden; animation: {name}{number} {total:g}s infinite; }}\n"
    width = f"{{ width: {round(MARGIN + characters * WIDTH)}px; }}"
    yield (
        f"@keyframes t{number} {{ 0%, {start:.3f}% {{ width: 0; }} {start + typed * 0.8:.3f}%, 100% {width} }}\n"
        f"#t{number} {{ animation: t{number} {total:g}s steps({characters}) infinite; }}\n"
    )


def recording() -> str:
    """Return the animation of COMMANDS."""
    return animation([(shlex.join(("iamsql", *command)), screen(command)) for command in COMMANDS])


if __name__ == "__main__":
    IMAGE.write_text(recording(), encoding="utf-8")
