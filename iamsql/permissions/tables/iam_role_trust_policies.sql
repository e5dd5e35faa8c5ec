-- The trusts of roles, whom they let in, and what the roles may do: what the controls of roles are made of.
--
-- Left out are service-linked roles and those of Identity Center, whose trust nobody changes in the account.
-- `document_id` is null where the trust was not read.
-- gives: account_id VARCHAR, arn VARCHAR, document_id VARCHAR
create or replace macro iam_role_trust_policies() as table
select r.account_id, r.arn, d.document_id
from aws_iam_role as r
left join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
where
    coalesce(r.path, '/') not like '/aws-service-role/%'
    and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%';

-- Each principal that a statement of such a trust lets in; its conditions are with the statement, by document_id and number.
-- gives: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, number BIGINT, kind VARCHAR, value VARCHAR
create or replace macro iam_trusted_principals() as table
select t.account_id, t.arn, t.document_id, t.number, t.who."type" as kind, t.who."value" as "value"
from (
    select m.account_id, m.arn, m.document_id, s.number, unnest(s.principals) as who
    from iam_role_trust_policies() as m
    inner join aws_iam_statement as s on s.document_id = m.document_id
    where s.effect = 'Allow' and iam_allows_assume_role(s.action_likes, s.actions is not null)
) as t;

-- The other accounts among them, and everyone: `side` is inside or outside the organization, or unknown where its accounts
-- were not read.
-- gives: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, number BIGINT, value VARCHAR, other VARCHAR, side VARCHAR
create or replace macro iam_trusted_accounts() as table
with organization as (
    select coalesce(
        max(case when c.operation = 'ListAccounts' and c.status = 'ok' then 1 else 0 end) = 1
        or max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) = 1,
        false
    ) as is_known
    from iamsql.coverage as c
    where c.service = 'organizations' and c.operation in ('ListAccounts', 'DescribeOrganization')
)

select
    p.account_id, p.arn, p.document_id, p.number, p."value", p.other,
    case
        when m.id is not null then 'inside'
        when o.is_known or p.other = 'everyone' then 'outside'
        else 'unknown'
    end as side
from (
    select
        t.*,
        case when iam_is_anyone(t.kind, t."value") then 'everyone' else iam_account_of(t.kind, t."value") end as other
    from iam_trusted_principals() as t
) as p
cross join organization as o
left join aws_organizations_account as m on m.id = p.other
where p.other <> p.account_id;

-- The roles that may do everything, with the policies that allow it, and those of which a policy's document is not there
-- (`unread`). A boundary that does not allow everything takes a role out; `unsure` is 1 where none could be read.
-- gives: account_id VARCHAR, arn VARCHAR, policies VARCHAR, unsure BIGINT, unread BIGINT
create or replace macro iam_role_admin_policies() as table
with held as (
    select
        l.account_id, l.principal_arn as arn, l.layer, l.policy_name, l.document_id,
        m.document_id is not null or l.policy_arn like 'arn:%:iam::aws:policy/AdministratorAccess' as is_admin
    from aws_iam_principal_policy as l
    left join admin_documents() as m on m.document_id = l.document_id
    where l.principal_type = 'role'
),

summed as (
    select
        h.account_id, h.arn,
        array_to_string(
            list_sort(list(distinct h.policy_name) filter (where h.layer = 'identity' and h.is_admin)), ', '
        ) as policies,
        max(case when h.layer = 'identity' and not h.is_admin and h.document_id is null then 1 else 0 end) as unread,
        max(case when h.layer = 'boundary' and not h.is_admin and h.document_id is not null then 1 else 0 end) as bounded
    from held as h
    group by h.account_id, h.arn
)

select
    u.account_id, u.arn,
    case when u.bounded = 0 then u.policies end as policies,
    -- without tags the role comes from a list that does not tell its boundary either
    cast(case when r.tags_src is null then 1 else 0 end as bigint) as unsure,
    cast(u.unread as bigint) as unread
from summed as u
inner join aws_iam_role as r on r.account_id = u.account_id and r.arn = u.arn;
