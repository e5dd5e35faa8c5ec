"""The services that each delegated administrator administers for the organization."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import TITLE
from iamsql.schema.tables._org_calls import DELEGATED_SERVICES

TABLE = Table(
    "aws_organizations_delegated_services_for_account",
    "A service that a member account administers for the whole organization.",
    call=DELEGATED_SERVICES,
    key=("delegated_account_id", "service_principal"),
    columns=(
        C("delegated_account_id", "text", "The account that administers it.", "@$.AccountId"),
        C("service_principal", "text", "The service, such as guardduty.amazonaws.com."),
        C("delegation_enabled_date", "timestamptz", "When it was delegated."),
        C("title", "text", TITLE, "$.ServicePrincipal"),
    ),
)
