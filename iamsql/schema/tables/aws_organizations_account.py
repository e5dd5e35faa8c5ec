"""The accounts of the organization, whatever their state."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._calls import ACCOUNTS, CHILDREN
from iamsql.schema.tables._columns import named

TABLE = Table(
    "aws_organizations_account",
    "An account that the organization lists, read or not.",
    call=ACCOUNTS,
    key=("id",),
    joins=(Join("parent", CHILDREN, on="$.Id", to="$.Id"),),
    columns=(
        C("name", "text", "The account's name."),
        C("id", "text", "The account's id, twelve digits."),
        C(
            "parent_id",
            "text",
            "The root or unit that holds it; null when the units could not be read.",
            "parent@$.ParentId",
        ),
        C("arn", "text", "The ARN."),
        # Status was retired on 2026-09-09; fakes and older partitions answer with it alone.
        C("state", "text", "PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED.", "$.State | $.Status"),
        C("status", "text", "The retired field: ACTIVE, SUSPENDED or PENDING_CLOSURE.", "$.Status | $.State"),
        C("email", "text", "The address of the account's root user."),
        C("joined_method", "text", "INVITED or CREATED."),
        C("joined_timestamp", "timestamptz", "When it joined the organization."),
        C("tags_src", "json", "Tags as a list; null, for they are not read.", "$.Tags"),
        C("tags", "json", "Tags as a map; null, for they are not read.", "$.Tags", "tag_map"),
        *named("$.Name"),
    ),
)
