"""An account of the organization, whether or not the run read it."""

from iamsql.model import Join, Table
from iamsql.tables.calls.account import ACCOUNTS, CHILDREN
from iamsql.tables.fragments.columns import C, akas, title

TABLE = Table(
    call=ACCOUNTS,
    key=("id",),
    joins=(Join("parent", CHILDREN, on="$.Id", to="$.Id"),),
    columns=(
        C("name", "text", "The friendly name of the account."),
        C("id", "text", "The ID of the account: twelve digits."),
        C("parent_id", "text", "The ID of the parent root or OU; null if not read.", "parent@$.ParentId"),
        C("arn", "text", "The ARN of the account."),
        # AWS retired Status on 2026-09-09. Older partitions and test doubles return only Status.
        C("state", "text", "PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED.", "$.State | $.Status"),
        C("status", "text", "The retired field: ACTIVE, SUSPENDED or PENDING_CLOSURE.", "$.Status | $.State"),
        C("email", "text", "The email address of the account's root user."),
        C("joined_method", "text", "How the account joined the organization: INVITED or CREATED."),
        C("joined_timestamp", "timestamptz", "The date and time when the account joined the organization."),
        C("tags_src", "json", "Always null: a sync does not read these tags.", "$.Tags"),
        C("tags", "json", "Always null: a sync does not read these tags.", "$.Tags", "tag_map"),
        title("$.Name"),
        akas(),
    ),
)
