"""What a shell holds between two lines: the open run, how rows are written, and where they go."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from iamsql import catalog, render
from iamsql.catalog.lexer import code_end, is_bare
from iamsql.model import Query, Result
from iamsql.query.run import Answer, find_query
from iamsql.query.session import Session
from iamsql.shell.interrupt import stoppable

Put = Callable[[str], None]


@dataclass
class State:
    """A shell's state; `show` writes rows, `page` rows that are taller than the terminal, `say` what is said beside them."""

    session: Session
    show: Put
    page: Put
    say: Put
    query_dirs: Sequence[str] = ()
    output: str = "table"
    dialect: str = "duckdb"
    paged: bool = True
    quiet: bool = False
    leaving: bool = False

    def run(self, query: Query, args: dict[str, str] | None = None) -> None:
        """Ask the run and put the answer out; Ctrl-C raises KeyboardInterrupt once the statement has ended."""
        self.answer(lambda: self.session.ask(query, args))

    def answer(self, asked: Callable[[], Answer]) -> None:
        """Put an answer out as soon as it is there, and what it lacks beside it."""
        answer = stoppable(asked, self.session.interrupt)
        if answer.result.columns:
            self.rows(answer.result)
        origin = catalog.query_notes([answer.query], catalog.Settings())
        for note in () if self.quiet else (*origin, *answer.notes):
            self.say(visible(note))

    def rows(self, result: Result, head: str = "") -> None:
        """Write rows in the chosen format; above a table for people stands the head."""
        text = io.StringIO(newline="")
        text.write(head if self.output == "table" else "")
        render.write(result, self.output, text, visible=True)
        self.text(text.getvalue())

    def text(self, text: str) -> None:
        """Write text, a page at a time when it is taller than the terminal."""
        lines = visible(text.rstrip("\n")) + "\n"
        (self.page if self.paged and is_tall(lines) else self.show)(lines)

    def meant(self, text: str) -> Query:
        """Tell what stands before a semicolon: the name of a query, or SQL in the chosen dialect."""
        end = code_end(text)
        name = text[:end].strip()
        if catalog.is_name(name) and is_bare(text[end:]):
            return find_query(name, self.query_dirs)
        return replace(catalog.plain(text, "SQL"), dialect=self.dialect)


def is_tall(lines: str) -> bool:
    """Tell whether lines, the long ones wrapped, fill the terminal."""
    columns, rows = shutil.get_terminal_size()
    return sum(max(1, -(-len(line) // columns)) for line in lines.rstrip("\n").split("\n")) >= rows


def visible(text: str) -> str:
    """Make every letter that could steer the terminal visible; lines stay lines."""
    return "\n".join(render.seen(line.removesuffix("\r")) for line in text.split("\n"))
