"""The root of the organization: the parent of its organizational units and accounts."""

from iamsql.model import Table
from iamsql.tables.calls.account import ROOTS
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=ROOTS,
    key=("account_id", "id"),
    columns=(
        C("name", "text", "The friendly name of the root."),
        C("id", "text", "The unique ID of the root: r-…"),
        C("arn", "text", "The ARN of the root."),
        C("policy_types", "json", "The enabled policy types, with their status.", macro="empty_list"),
        title("$.Name"),
        akas(),
    ),
)
