"""The options that select the permissions and the trust of the roles of a sync: `iamsql role` and `iamsql deploy` have them."""

from __future__ import annotations

import click

from iamsql.catalog.settings import option_types
from iamsql.catalog.settings.option import option, option_set
from iamsql.check.dependencies import tables_read
from iamsql.check.selection import load_catalog
from iamsql.tables.names import match_tables


@option_set
class PermissionOptions:
    """The calls that a role may make."""

    tables: tuple[str, ...] = option(
        (), "--table", metavar="NAME|PATTERN", default_text="all",
        help="Allow only the calls of these tables, as `iamsql sync --table` makes them; `all` is every table.",
    )  # fmt: skip
    names: tuple[str, ...] = option(
        (),
        "--for",
        metavar="NAME",
        help="Allow the calls of the tables that these queries, controls, benchmarks or tags read.",
    )
    minimal: bool = option(
        False, "--minimal",
        help="Leave out the calls that a sync makes only after a denial or with `fresh`. Without --table and --for, allow only the "
        "calls of a default sync.",
    )  # fmt: skip


@option_set
class TrustOptions:
    """Who may assume a role."""

    principal: str = option(
        "", "--principal", metavar="ARN|ACCOUNT", help="Who may assume the role.", check=option_types.principal
    )
    external_id: str = option(
        "", "--external-id", metavar="ID", check=option_types.trusted_external_id,
        help="The external ID that the caller must send, as a sync sends its external_id.",
    )  # fmt: skip
    organization: str = option(
        "", "--organization", metavar="ID", check=option_types.organization_id, help="The organization of the principal.",
        default_text="the organization of the role's account; for deploy, of the newest run",
    )  # fmt: skip


def selected_tables(patterns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tables of --table, and the tables that the queries, controls and benchmarks of --for read; () for all."""
    tables = match_tables(patterns)
    if not names:
        return tables
    tables_of_names = tables_read(load_catalog(), names)
    if not tables_of_names and not tables:
        raise click.UsageError(f"{', '.join(names)}: reads no table that a sync collects, so no permission is needed.")
    return tuple(dict.fromkeys((*tables, *tables_of_names)))
