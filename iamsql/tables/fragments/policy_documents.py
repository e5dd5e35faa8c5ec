"""The policy documents of accounts: managed, inline and trust policies, and the policies of resources."""

from iamsql.tables.calls import account as calls

# The calls that return the documents of IAM and their owners. Policies of resources are in aws_resource_policy, which declares
# their calls: without them, what SQL says about IAM is complete.
CALLS = (
    *(calls.USER_DETAILS, calls.USERS, calls.USER_GROUPS, calls.USER_ATTACHED, calls.USER_INLINE, calls.USER_DOCUMENT),
    *calls.GROUP_CALLS,
    *calls.ROLE_CALLS,
    *calls.POLICY_CALLS,
)
DOCUMENT_ID = (
    "The ID of the policy document, as in aws_iam_statement; null if the document is not in the file, or has a "
    "duplicate key."
)
DUPLICATE_KEY = (
    "The key that an object of the document has twice. AWS does not say which value counts, and the document is not "
    "evaluated."
)


def _inline_policies(owner: str) -> str:
    """Return the SELECT of the inline policies of `user`, `group` or `role`."""
    return f"""
  select e.account_id, 'inline' as source, e.arn as owner_arn, '{owner}' as owner_type, p.item ->> '$.PolicyName' as policy_name,
    false as is_aws_managed, true as is_attached, document(p.item -> '$.PolicyDocument') as document
  from aws_iam_{owner} e, (select unnest(elements(e.inline_policies)) as item) p"""


# account_id, source, owner_arn, owner_type, policy_name, is_aws_managed, is_attached, document: a row for each document.
DOCUMENTS = f"""
  select p.account_id, 'managed' as source, p.arn as owner_arn, 'policy' as owner_type, p.name as policy_name,
    p.is_aws_managed, p.is_attached, p.policy as document
  from aws_iam_policy p
  union all {_inline_policies("user")}
  union all {_inline_policies("group")}
  union all {_inline_policies("role")}
  union all
  select r.account_id, 'trust', r.arn, 'role', null, false, true, r.assume_role_policy from aws_iam_role r
  union all
  select r.account_id, 'resource', r.arn, r.resource_type, case when r.resource_type = 'log_group' then r.name end, false, true,
    r.policy
  from aws_resource_policy r where r.policy is not null
"""
ID = "policy_document_id(d.document)"

# CTEs with the documents of managed policies by ARN, the joins of `r` to them, and the columns of the policy. AWS managed
# policies are the same in all accounts: if the document was not read in one account, the document of another account is used.
MANAGED = """
managed as (
  select n.account_id, n.arn, n.name, n.document is not null as is_read, policy_document_id(n.document) as document_id,
    duplicate_key(n.document) as duplicate_key
  from (select p.account_id, p.arn, any_value(p.name) as name, any_value(p.policy) as document
    from aws_iam_policy p group by all) n),
managed_by_aws as (select m.arn, arg_min(m.document_id, m.account_id) as document_id from managed m
  where m.document_id is not null and split_part(m.arn, ':', 5) = 'aws' group by all)"""
JOIN_MANAGED = """
left join managed m on m.account_id = r.account_id and m.arn = r.policy_arn
left join managed_by_aws w on w.arn = r.policy_arn"""
POLICY = """coalesce(r.policy_name, m.name, regexp_extract(r.policy_arn, '[^/]+$')) as policy_name,
  split_part(r.policy_arn, ':', 5) = 'aws' as is_aws_managed,
  case
    when r.document is not null then policy_document_id(r.document)
    when m.is_read then m.document_id
    else coalesce(
      w.document_id, case when r.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' then iam_full_access_id() end)
  end as document_id,
  coalesce(duplicate_key(r.document), m.duplicate_key) as duplicate_key"""
