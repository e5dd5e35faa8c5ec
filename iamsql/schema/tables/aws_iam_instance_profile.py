"""Instance profiles, which pass a role to EC2 instances."""

from iamsql.model import Column as C
from iamsql.model import Join, Table
from iamsql.schema.tables._columns import akas, tags_or_empty, tags_src, title
from iamsql.schema.tables._iam_calls import PROFILE, PROFILES

TABLE = Table(
    "aws_iam_instance_profile",
    "An instance profile, which passes its role to EC2 instances.",
    call=PROFILES,
    key=("account_id", "arn"),
    joins=(Join("details", PROFILE, on="$.InstanceProfileName", to="@$.InstanceProfileName"),),
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
