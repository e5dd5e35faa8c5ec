"""Central root management: what IAM does for the whole organization."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._calls import FEATURES

TABLE = Table(
    "aws_iam_organizations_features",
    "The features of central root access that the organization has enabled.",
    call=FEATURES,
    key=("organization_id",),
    columns=(
        C("organization_id", "text", "The organization's id."),
        C(
            "enabled_features",
            "json",
            "RootCredentialsManagement, RootSessions or none.",
            "$.EnabledFeatures",
            "empty_list",
        ),
    ),
)
