"""Instance profiles: the way by which an instance gets a role."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import AKAS, TITLE
from iamsql.schema.tables._iam_calls import PROFILE, PROFILES

TABLE = Table(
    "aws_iam_instance_profile",
    "An instance profile, which hands its role to instances; one without a role hands out nothing.",
    call=PROFILES,
    key=("account_id", "arn"),
    joins=(Join("details", PROFILE, on="$.InstanceProfileName", to="@$.InstanceProfileName"),),
    columns=(
        C("instance_profile_name", "text", "The profile's name."),
        C("arn", "text", "The ARN."),
        C("instance_profile_id", "text", "Its unique id, AIPA…"),
        C("create_date", "timestamptz", "When it was made."),
        C("path", "text", "The path of the name."),
        C("roles", "json", "The role in it, as a list; empty without one.", "$.Roles", "empty_list"),
        C("tags_src", "json", "Tags as a list of Key and Value; null when unread.", "details:$", "tags_of"),
        C("title", "text", TITLE, "$.InstanceProfileName"),
        C("tags", "json", "Tags as a map, empty without tags; null when unread.", "details:$", "tag_map_of"),
        C("akas", "json", AKAS, "$.Arn", "one_list"),
    ),
)
