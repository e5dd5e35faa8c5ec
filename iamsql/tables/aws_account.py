"""An account that the run read, with its aliases and its organization."""

from iamsql.model import Call, View
from iamsql.tables.calls.account import CALLER, ORGANIZATION
from iamsql.tables.fragments.columns import C, akas, title
from iamsql.tables.fragments.sql_files import read_sql

ALIASES = Call("iam", "ListAccountAliases", "AccountAliases")
TABLE = View(
    key=("account_id",),
    calls=(CALLER, ALIASES, ORGANIZATION),
    columns_of=((ALIASES, ("account_aliases", "title")),),
    columns=(
        C("account_aliases", "json", "The account aliases; null if they could not be read."),
        C("arn", "text", "The ARN of the account."),
        C("organization_id", "text", "The ID of the organization; null if there is none, or if not read."),
        C("organization_arn", "text", "The ARN of the organization."),
        C("organization_feature_set", "text", "The feature set of the organization: ALL or CONSOLIDATED_BILLING."),
        C("organization_master_account_arn", "text", "The ARN of the management account."),
        C("organization_master_account_email", "text", "The email address of the management account."),
        C("organization_master_account_id", "text", "The ID of the management account."),
        C("organization_available_policy_types", "json", "The policy types that are available in the organization."),
        title(),
        akas(),
    ),
    sql=read_sql(__file__, aliases=ALIASES, caller=CALLER, organization=ORGANIZATION),
)
