"""A service or resource control policy that applies to an account, and the level at which it is attached."""

from iamsql.model import View
from iamsql.tables.calls.account import ACCOUNTS, CHILDREN, ROOTS, UNITS
from iamsql.tables.calls.organization import POLICIES, POLICY, POLICY_TARGETS
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import DOCUMENT_ID
from iamsql.tables.fragments.sql_files import read_sql

TABLE = View(
    key=("account_id", "type", "level", "policy_id"),
    calls=(POLICIES, POLICY, POLICY_TARGETS, ACCOUNTS, ROOTS, UNITS, CHILDREN),
    columns_of=((POLICY, ("document_id",)),),
    common_columns="none",
    columns=(
        C("account_id", "text", "The ID of the account."),
        C("type", "text", "SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY."),
        C(
            "level",
            "bigint",
            "The level of the target: 0 for the root, then the organizational units, last the account. Null for a policy whose "
            "targets were not read: it may be attached at any level.",
        ),
        C("target_id", "text", "The ID of the root, organizational unit or account that the policy is attached to."),
        C("target_name", "text", "The friendly name of the target."),
        C("policy_id", "text", "The ID of the policy; null if no policy of the type is attached at the level."),
        C("policy_name", "text", "The friendly name of the policy."),
        C("aws_managed", "boolean", "Whether the policy is an AWS managed policy."),
        C("document_id", "text", DOCUMENT_ID),
    ),
    sql=read_sql(__file__, policy_targets=POLICY_TARGETS),
)
