"""An instance profile, which passes its role to EC2 instances."""

from iamsql.model import Call, Join, Table
from iamsql.tables.calls.account import NOT_FOUND, PAGE, for_each
from iamsql.tables.fragments.columns import C, akas, tags_or_empty, tags_src, title

PROFILES = Call("iam", "ListInstanceProfiles", "InstanceProfiles", params=PAGE, on_demand=True)
_NAME = {"InstanceProfileName": "$.InstanceProfileName"}
# ListInstanceProfiles does not return tags.
PROFILE = for_each(PROFILES, "GetInstanceProfile", "InstanceProfile", _NAME, empty_on=NOT_FOUND)

TABLE = Table(
    call=PROFILES,
    key=("account_id", "arn"),
    joins=(Join("details", PROFILE),),
    columns=(
        C("instance_profile_name", "text", "The name of the instance profile."),
        C("arn", "text", "The ARN of the instance profile."),
        C("instance_profile_id", "text", "The stable and unique ID of the instance profile: AIPA…"),
        C("create_date", "timestamptz", "The date and time when the instance profile was created."),
        C("path", "text", "The path of the instance profile."),
        C("roles", "json", "The role of the profile, as a list; empty if it has none.", "$.Roles", "empty_list"),
        tags_src("details:$", "tags_of"),
        title("$.InstanceProfileName"),
        tags_or_empty("details:$", "tag_map_of"),
        akas(),
    ),
)
