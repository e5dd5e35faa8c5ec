"""What SQL stands on, as the declarations of tables know it: its tables, their sources, the calls made once for all."""

from __future__ import annotations

from iamsql.store.read import Reader


def stood_on(reader: Reader, sql: str) -> set[str]:
    """Name the tables that SQL stands on, and for those that no call fills, those that they are made of.

    One that tells of no account, such as statements by their document, is left to what points to it.
    """
    from iamsql.schema import all_tables

    known, found, more = all_tables(), set[str](), reader.tables_of(sql)
    while more := more - found:
        found |= more
        made = [known[name] for name in more if name in known and not known[name].calls]
        more = {
            other for one in made if "account_id" in {column.name for column in one.columns} for other in one.tables
        }
    return found


def stored() -> list[str]:
    """List the tables that a run file holds, those that others are made of first."""
    from iamsql.schema import all_tables

    return [name for name, table in all_tables().items() if table.stored]


def made_once() -> set[str]:
    """List the calls that are made once for the whole organization."""
    from iamsql.schema import all_calls

    return {
        f"{call.service}:{call.operation}"
        for call in all_calls()
        if call.org or call.service == "organizations" or call.entered
    }
