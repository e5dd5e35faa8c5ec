"""The state of a shell: the open run, the settings, and the functions that print."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from iamsql import catalog, render
from iamsql.catalog.lexer import code_end, is_bare
from iamsql.escaping import printable_lines
from iamsql.model import Query, Result
from iamsql.query.run import find_query
from iamsql.query.session import Answer, Session
from iamsql.shell.interrupt import interruptible

Write = Callable[[str], None]


@dataclass
class State:
    """A shell's state. `show` prints text, `page` prints text that is longer than the terminal, `say` prints messages."""

    session: Session
    show: Write
    page: Write
    say: Write
    query_dirs: Sequence[str] = ()
    output: str = "table"
    dialect: str = "duckdb"
    paged: bool = True
    quiet: bool = False
    leaving: bool = False

    def run(self, query: Query, args: dict[str, str] | None = None) -> None:
        """Run a query and print the answer; Ctrl-C stops the statement and raises KeyboardInterrupt."""
        self.answer(lambda: self.session.run(query, args))

    def answer(self, work: Callable[[], Answer]) -> None:
        """Print an answer and its notes."""
        answer = interruptible(work, self.session.interrupt)
        if answer.result.columns:
            self.rows(answer.result)
        origin = catalog.query_notes([answer.query], catalog.Config())
        for note in () if self.quiet else (*origin, *answer.notes):
            self.say(printable_lines(note))

    def rows(self, result: Result, head: str = "") -> None:
        """Print rows in the selected format; `head` is printed above a table."""
        # In memory, because only the complete text shows whether the pager is needed.
        text = io.StringIO(newline="")
        text.write(head if self.output == "table" else "")
        render.write(result, self.output, text, visible=True)
        self.text(text.getvalue())

    def text(self, text: str) -> None:
        """Print text, through the pager if it is longer than the terminal."""
        lines = printable_lines(text.replace("\r\n", "\n").rstrip("\n")) + "\n"
        (self.page if self.paged and exceeds_screen(lines) else self.show)(lines)

    def query_for(self, text: str) -> Query:
        """Return the query of a text: the name of a query, or SQL in the selected dialect."""
        # A name may have a semicolon and a comment after it, because the prompt ends every statement with a semicolon.
        end = code_end(text)
        name = text[:end].strip()
        if catalog.is_name(name) and is_bare(text[end:]):
            return find_query(name, self.query_dirs)
        return replace(catalog.plain(text, "SQL"), dialect=self.dialect)


def exceeds_screen(lines: str) -> bool:
    """Return whether lines fill the terminal, with long lines wrapped."""
    columns, rows = shutil.get_terminal_size()
    return sum(max(1, -(-len(line) // columns)) for line in lines.rstrip("\n").split("\n")) >= rows
