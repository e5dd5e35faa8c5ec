"""Which users are in which groups of an identity store."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._identity_calls import MEMBERSHIPS

TABLE = Table(
    "aws_identitystore_group_membership",
    "A user's place in a group of the identity store; `--region` names the one that the instance lives in.",
    call=MEMBERSHIPS,
    key=("account_id", "region", "identity_store_id", "membership_id"),
    columns=(
        C("membership_id", "text", "The membership's id."),
        C("identity_store_id", "text", "The identity store, d-…", "$.IdentityStoreId | @$.IdentityStoreId"),
        C("group_id", "text", "The group.", "$.GroupId | @$.GroupId"),
        C("member_id", "text", "The user.", "$.MemberId.UserId"),
        C("title", "text", TITLE, "$.MembershipId"),
    ),
)
