"""The services for which an account is a delegated administrator."""

from iamsql.model import Column as C
from iamsql.model import Table
from iamsql.schema.tables._columns import title
from iamsql.schema.tables._org_calls import DELEGATED_SERVICES

TABLE = Table(
    "aws_organizations_delegated_services_for_account",
    "An AWS service for which a member account is a delegated administrator.",
    call=DELEGATED_SERVICES,
    key=("delegated_account_id", "service_principal"),
    columns=(
        C("delegated_account_id", "text", "The ID of the delegated administrator account.", "@$.AccountId"),
        C("service_principal", "text", "The service principal, such as guardduty.amazonaws.com."),
        C("delegation_enabled_date", "timestamptz", "The date and time of the delegation."),
        title("$.ServicePrincipal"),
    ),
)
