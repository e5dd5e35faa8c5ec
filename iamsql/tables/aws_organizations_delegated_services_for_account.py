"""An AWS service that a member account is a delegated administrator for."""

from iamsql.model import Table
from iamsql.tables.calls.account import DELEGATED, for_each
from iamsql.tables.calls.organization import PAGE
from iamsql.tables.fragments.columns import C, title

_NO_ACCOUNT = ("AccountNotFoundException", "AccountNotRegisteredException")
_ID = {"AccountId": "$.Id"}
SERVICES = for_each(
    DELEGATED, "ListDelegatedServicesForAccount", "DelegatedServices", _ID, params=PAGE, empty_on=_NO_ACCOUNT
)

TABLE = Table(
    call=SERVICES,
    key=("delegated_account_id", "service_principal"),
    columns=(
        C("delegated_account_id", "text", "The ID of the delegated administrator account.", "@$.AccountId"),
        C("service_principal", "text", "The service principal, such as guardduty.amazonaws.com."),
        C("delegation_enabled_date", "timestamptz", "The date and time of the delegation."),
        title("$.ServicePrincipal"),
    ),
)
