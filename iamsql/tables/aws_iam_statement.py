"""A statement of a policy document: of IAM, of a resource, or of an organization. Equal documents have the same ID.

The statements are parsed once, so queries need not parse JSON.
"""

from iamsql.model import View
from iamsql.tables.compiler.account_parts import EVERY_DOCUMENT
from iamsql.tables.fragments.columns import C
from iamsql.tables.fragments.policy_documents import CALLS, DOCUMENTS, ID
from iamsql.tables.fragments.resource_policies import POLICY_CALLS

_PRINCIPALS = 'STRUCT("type" VARCHAR, "value" VARCHAR)[]'
_CONDITIONS = (
    'STRUCT("operator" VARCHAR, "qualifier" VARCHAR, "if_exists" BOOLEAN, "key" VARCHAR, "original_key" VARCHAR, '
    '"values" VARCHAR[])[]'
)

_STATEMENTS = """
listed as (
  select d.document_id, d.document ->> '$.Version' = '2012-10-17' as modern, unnest(statement_list(d.document)) as item,
    generate_subscripts(statement_list(d.document), 1) as number
  from documents d),
parsed as (
  select l.*, [lower(action_) for action_ in text_list(l.item -> '$.Action')] as actions,
    [lower(action_) for action_ in text_list(l.item -> '$.NotAction')] as not_actions,
    text_list(l.item -> '$.Resource') as resources, text_list(l.item -> '$.NotResource') as not_resources
  from listed l)
select p.document_id, p.number, p.item ->> '$.Sid' as sid, p.item ->> '$.Effect' as effect, p.actions, p.not_actions,
  p.resources, p.not_resources, statement_principals(p.item -> '$.Principal') as principals,
  statement_principals(p.item -> '$.NotPrincipal') as not_principals, statement_conditions(p.item) as conditions,
  coalesce(p.modern, false) and contains(cast(p.item as varchar), '${') as has_variables,
  iam_likes(coalesce(p.actions, p.not_actions)) as action_likes,
  iam_likes(coalesce(p.resources, p.not_resources)) as resource_likes
from parsed p
"""
# iam_full_access() is the document of AdministratorAccess and FullAWSAccess, which are evaluated even where it was not read.
_SQL = f"""
with documents as (
  select {ID} as document_id, any_value(d.document) as document
  from (select document from ({DOCUMENTS})
    union all select content from aws_organizations_policy where type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
    union all select iam_full_access() where exists (from aws_iam_user) or exists (from aws_iam_role)) d
  where d.document is not null and {EVERY_DOCUMENT} group by 1
  having policy_document_id(any_value(d.document)) is not null),{_STATEMENTS}"""

TABLE = View(
    key=("document_id", "number"),
    calls=CALLS,
    common_columns="none",
    large=POLICY_CALLS,
    columns=(
        C("document_id", "text", "The ID of the document, as in aws_iam_document."),
        C("number", "bigint", "The position of the statement in the document, from 1."),
        C("sid", "text", "The Sid of the statement."),
        C("effect", "text", "The effect: Allow or Deny."),
        C("actions", "varchar[]", "The patterns of Action, in lower case; null if the statement has NotAction."),
        C("not_actions", "varchar[]", "The patterns of NotAction, in lower case."),
        C("resources", "varchar[]", "The patterns of Resource."),
        C("not_resources", "varchar[]", "The patterns of NotResource."),
        C("principals", _PRINCIPALS, "The principals of Principal; null in identity-based policies."),
        C("not_principals", _PRINCIPALS, "The principals of NotPrincipal."),
        C("conditions", _CONDITIONS, "The conditions, with operator and key in lower case; empty if there are none."),
        C("has_variables", "boolean", "Whether resources or conditions contain policy variables: ${…}."),
        C("action_likes", "varchar[]", "The actions or not_actions as LIKE patterns, with \\ as the escape character."),
        C(
            "resource_likes",
            "varchar[]",
            "The resources or not_resources as LIKE patterns, with policy variables as they are.",
        ),
    ),
    sql=_SQL,
)
