"""Centralized root access: features of IAM for the member accounts of the organization."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import FEATURES

TABLE = Table(
    "aws_iam_organizations_features",
    "The features for centralized root access that are enabled for the organization.",
    call=FEATURES,
    key=("organization_id",),
    columns=(
        C("organization_id", "text", "The ID of the organization."),
        C("enabled_features", "json", "RootCredentialsManagement and RootSessions, if enabled.", macro="empty_list"),
    ),
)
