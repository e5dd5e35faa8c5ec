"""The features for centralized root access that are enabled for the organization."""

from iamsql.model import Table
from iamsql.tables.calls.account import FEATURES
from iamsql.tables.fragments.columns import C

TABLE = Table(
    call=FEATURES,
    key=("organization_id",),
    columns=(
        C("organization_id", "text", "The ID of the organization."),
        C("enabled_features", "json", "RootCredentialsManagement and RootSessions, if enabled.", macro="empty_list"),
    ),
)
