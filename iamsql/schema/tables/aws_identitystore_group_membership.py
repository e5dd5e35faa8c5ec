"""Group memberships in an identity store."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._identity_calls import MEMBERSHIPS

TABLE = Table(
    "aws_identitystore_group_membership",
    "The membership of a user in a group of the identity store. Sync with the `--region` of the instance.",
    call=MEMBERSHIPS,
    key=("account_id", "region", "identity_store_id", "membership_id"),
    columns=(
        C("membership_id", "text", "The ID of the membership."),
        C("identity_store_id", "text", "The ID of the identity store: d-…", "$.IdentityStoreId | @$.IdentityStoreId"),
        C("group_id", "text", "The ID of the group.", "$.GroupId | @$.GroupId"),
        C("member_id", "text", "The ID of the user.", "$.MemberId.UserId"),
        title("$.MembershipId"),
    ),
)
