-- Returns roles with the `document_id` of their trust policy, which is NULL if the policy was not read or has a `duplicate_key`.
-- Service-linked roles and roles of Identity Center are left out, because their trust policies cannot be changed in the account.
-- returns: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, duplicate_key VARCHAR
create or replace macro iam_role_trust_policies() as table
select r.account_id, r.arn, d.document_id, d.duplicate_key
from aws_iam_role as r
left join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
where is_customer_role(r.path);

-- Returns the principals that these trust policies allow. The conditions come from the statement, by document_id and number.
-- returns: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, number BIGINT, kind VARCHAR, value VARCHAR
create or replace macro iam_trusted_principals() as table
select t.account_id, t.arn, t.document_id, t.number, t.principal."type" as kind, t.principal."value" as "value"
from (
    select m.account_id, m.arn, m.document_id, s.number, unnest(s.principals) as principal
    from iam_role_trust_policies() as m
    inner join aws_iam_statement as s on s.document_id = m.document_id
    where s.effect = 'Allow' and iam_allows_assume_role(s.action_likes, s.actions is not null)
) as t;

-- Returns one row: whether the accounts of the organization were read, or the account is in no organization.
-- returns: is_known BOOLEAN
create or replace macro iam_organization_coverage() as table
select coalesce(
    max(case when c.operation = 'ListAccounts' and c.status = 'ok' then 1 else 0 end) = 1
    or max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) = 1,
    false
) as is_known
from iamsql.coverage as c
where c.service = 'organizations' and c.operation in ('ListAccounts', 'DescribeOrganization');

-- Returns the callers from outside the account that these trust policies admit, with their side (iam_caller_sides). `other` names
-- them: accounts and organizations by ID, or everyone. NotPrincipal admits everyone.
-- returns: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, number BIGINT, value VARCHAR, other VARCHAR, side VARCHAR
create or replace macro iam_trusted_accounts() as table
select
    e.account_id, e.role_arn as arn, e.document_id, e.number, e.who."value" as "value",
    case
        when e.side = 'everyone' then 'everyone'
        when e.kind = 'anyone' and e.side in ('unknown', 'outsider') then e.parties
        when e.kind = 'anyone' then 'the organization'
        else e.other
    end as other,
    e.side
from trust_edges() as e
where
    e.effect = 'Allow' and e.side not in ('nobody', 'own account') and is_customer_role(e.path)
    and (e.kind = 'anyone' or e.other is not null);

-- Returns roles with their policies that allow everything:
--   policies: NULL for a role with a permissions boundary that does not allow everything
--   unsure: 1 if the boundary was not read
--   unread: 1 if a policy was not read
-- returns: account_id VARCHAR, arn VARCHAR, policies VARCHAR, unsure BIGINT, unread BIGINT
create or replace macro iam_role_admin_policies() as table
with role_policies as (
    select
        l.account_id, l.principal_arn as arn, l.layer, l.policy_name, l.document_id,
        m.document_id is not null or coalesce(l.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess', false) as is_admin
    from aws_iam_principal_policy as l
    left join admin_documents() as m on m.document_id = l.document_id
    where l.principal_type = 'role'
),

role_totals as (
    select
        h.account_id, h.arn,
        array_to_string(
            list_sort(list(distinct h.policy_name) filter (where h.layer = 'identity' and h.is_admin)), ', '
        ) as policies,
        max(case when h.layer = 'identity' and not h.is_admin and h.document_id is null then 1 else 0 end) as unread,
        max(case when h.layer = 'boundary' and not h.is_admin and h.document_id is not null then 1 else 0 end) as has_boundary
    from role_policies as h
    group by h.account_id, h.arn
)

select
    u.account_id, u.arn,
    case when u.has_boundary = 0 then u.policies end as policies,
    -- a role without tags comes from ListRoles, which does not return the boundary either
    cast(case when r.tags_src is null then 1 else 0 end as bigint) as unsure,
    cast(u.unread as bigint) as unread
from role_totals as u
inner join aws_iam_role as r on r.account_id = u.account_id and r.arn = u.arn;
