"""The membership of a user in a group of the identity store. Sync with the `--region` of the instance."""

from iamsql.model import Table
from iamsql.tables.calls.identity_center import list_each, list_in_store
from iamsql.tables.fragments.columns import C, title

# The API lists the memberships of one group or of one user only, and there are usually fewer groups than users.
_GROUP = {"IdentityStoreId": "@$.IdentityStoreId", "GroupId": "$.GroupId"}
GROUPS = list_in_store("ListGroups", "Groups")

TABLE = Table(
    call=list_each(GROUPS, "ListGroupMemberships", "GroupMemberships", _GROUP),
    key=("account_id", "region", "identity_store_id", "membership_id"),
    columns=(
        C("membership_id", "text", "The ID of the membership."),
        C("identity_store_id", "text", "The ID of the identity store: d-…", "$.IdentityStoreId | @$.IdentityStoreId"),
        C("group_id", "text", "The ID of the group.", "$.GroupId | @$.GroupId"),
        C("member_id", "text", "The ID of the user.", "$.MemberId.UserId"),
        title("$.MembershipId"),
    ),
)
