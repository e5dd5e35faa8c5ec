"""The statements of every distinct policy document, taken apart once so that no question has to read JSON."""

from iamsql.model import Column as C
from iamsql.model import View
from iamsql.schema.views._documents_of import CALLS, DOCUMENTS, ID

_PRINCIPALS = 'STRUCT("type" VARCHAR, "value" VARCHAR)[]'
_CONDITIONS = (
    'STRUCT("operator" VARCHAR, "qualifier" VARCHAR, "if_exists" BOOLEAN, "key" VARCHAR, "spelt" VARCHAR, '
    '"values" VARCHAR[])[]'
)

_TAKEN_APART = """
listed as (
  select d.document_id, d.document ->> '$.Version' = '2012-10-17' as modern, unnest(statement_list(d.document)) as item,
    generate_subscripts(statement_list(d.document), 1) as number
  from documents d),
parted as (
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
from parted p
"""
_ORGANIZATION = """ union all select content from aws_organizations_policy
    where type in ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')"""


def _sql(more: str) -> str:
    """Give the SELECT over the documents of accounts and those of `more`."""
    return f"""
with documents as (
  select {ID} as document_id, any_value(d.document) as document
  from (select document from ({DOCUMENTS}){more}
    union all select iam_full_access() where exists (from aws_iam_user) or exists (from aws_iam_role)) d
  where d.document is not null group by 1),{_TAKEN_APART}"""


TABLE = View(
    "aws_iam_statement",
    "A statement of a policy document, be it of IAM or a service or resource control policy; equal documents are one.",
    key=("document_id", "number"),
    tables=("aws_iam_user", "aws_iam_group", "aws_iam_role", "aws_iam_policy", "aws_organizations_policy"),
    calls=CALLS,
    tail="none",
    columns=(
        C("document_id", "text", "The document's id, as in aws_iam_document."),
        C("number", "bigint", "Its place in the document, from 1."),
        C("sid", "text", "Its Sid."),
        C("effect", "text", "Allow or Deny."),
        C("actions", "varchar[]", "The action patterns in small letters; null with NotAction."),
        C("not_actions", "varchar[]", "Those of NotAction."),
        C("resources", "varchar[]", "The resource patterns."),
        C("not_resources", "varchar[]", "Those of NotResource."),
        C("principals", _PRINCIPALS, "Whom it speaks of; null in policies of identities."),
        C("not_principals", _PRINCIPALS, "Those of NotPrincipal."),
        C("conditions", _CONDITIONS, "All have to hold; operator, key in small letters. Empty without."),
        C("has_variables", "boolean", "Whether resources or conditions have policy variables, ${…}."),
        C("action_likes", "varchar[]", "actions, else not_actions, as patterns of LIKE with \\ as escape."),
        C("resource_likes", "varchar[]", "resources, else not_resources, likewise; variables are left in."),
    ),
    sql=_sql(_ORGANIZATION),
    earlier=(_sql(""),),  # the first run files have no policies of an organization
)
