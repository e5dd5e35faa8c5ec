-- title: Who is trusted by which role
-- kind: report
-- severity: info
-- version: 1
-- tags: permissions, roles, trust
--
-- One row for each role, statement of its trust and principal in it. `kind` is same_account, organization (another
-- account of it), outside (an account that is not), unknown (another account, and the organization's accounts were not
-- read), service, federated (a provider of identities), anyone (* and NotPrincipal) or deleted (the id of a user or
-- role that is gone). `needs` says what the conditions ask of callers, in short; `conditions` has them all. Trust lets
-- in principals of other accounts only as far as their own policies do. A role whose trust was not read has one row
-- without principal.

with edges as (
    select
        r.account_id, r.arn as role_arn, r.name as role_name, s.document_id, s.number, s.effect, s.conditions,
        case when len(s.not_principals) > 0 then 1 else 0 end as is_not,
        unnest(coalesce(s.principals, s.not_principals)) as who
    from aws_iam_role as r
    join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    join aws_iam_statement as s on s.document_id = d.document_id
    where iam_lets_in(s.action_likes, s.actions is not null)
),

organization as (
    select coalesce(
        max(case when c.operation = 'ListAccounts' and c.status = 'ok' then 1 else 0 end) = 1
        or max(case when c.operation = 'DescribeOrganization' and c.status = 'not_applicable' then 1 else 0 end) = 1,
        false
    ) as is_known
    from iamsql.coverage as c
    where c.service = 'organizations' and c.operation in ('ListAccounts', 'DescribeOrganization')
),

barred as (
    select distinct s.document_id
    from aws_iam_statement as s
    where
        s.effect = 'Deny'
        and iam_reaches(s.action_likes, s.actions is not null, 'sts:AssumeRole')
        and len([1 for who_ in s.principals if iam_is_anyone(who_."type", who_."value")]) > 0
        and iam_bars_strangers(s.conditions)
),

sided as (
    select
        e.*,
        b.document_id is not null as is_barred,
        iam_account_of(e.who."type", e.who."value") as other,
        case
            when e.is_not = 1 or iam_is_anyone(e.who."type", e.who."value") then 'anyone'
            when iam_is_deleted(e.who."type", e.who."value") then 'deleted'
            when e.who."type" = 'Service' then 'service'
            when e.who."type" = 'Federated' then 'federated'
            when iam_account_of(e.who."type", e.who."value") = e.account_id then 'same_account'
            when m.id is not null then 'organization'
            when o.is_known then 'outside'
            else 'unknown'
        end as kind
    from edges as e
    cross join organization as o
    left join barred as b on b.document_id = e.document_id
    left join aws_organizations_account as m on m.id = iam_account_of(e.who."type", e.who."value")
),

unread as (
    select r.account_id, r.arn as role_arn, r.name as role_name
    from aws_iam_role as r
    left join aws_iam_document as d on d.account_id = r.account_id and d.owner_arn = r.arn and d.source = 'trust'
    where d.document_id is null
),

rows_of as (
    select
        e.account_id, e.role_arn, e.role_name, e.number,
        case when e.is_not = 1 then concat('everyone but ', e.who."value") else e.who."value" end as trusted,
        e.other, e.kind, e.effect,
        nullif(iam_condition_words(e.conditions), '') as conditions,
        nullif(concat_ws(
            ', ',
            case when len(iam_held_by(e.conditions, ['sts:externalid'])) > 0 then 'external id' end,
            case
                when len(iam_held_by(e.conditions, ['aws:multifactorauthpresent', 'aws:multifactorauthage'])) > 0 then 'MFA'
            end,
            case when e.is_barred or len(iam_known_callers(e.conditions)) > 0 then 'known callers' end,
            case
                when len(iam_held_by(
                    e.conditions, ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths']
                )) > 0
                    then 'known source'
            end,
            case when len([1 for condition_ in e.conditions if ends_with(condition_.key, ':sub')]) > 0 then 'subject' end,
            case when len([1 for condition_ in e.conditions if ends_with(condition_.key, ':aud')]) > 0 then 'audience' end,
            case
                when len(iam_held_by(e.conditions, ['aws:sourceip', 'aws:sourcevpc', 'aws:sourcevpce'])) > 0 then 'address'
            end
        ), '') as needs
    from sided as e
    union all
    select
        u.account_id, u.role_arn, u.role_name, null as number, null as trusted, null as other, 'unknown' as kind,
        null as effect, null as conditions, null as needs
    from unread as u
)

select
    t.account_id, a.name as account_name, t.role_arn, t.role_name, t.trusted, t.other as trusted_account_id,
    b.name as trusted_account_name, t.kind, t.effect, t.needs, t.conditions
from rows_of as t
left join iamsql.accounts as a on a.account_id = t.account_id
left join iamsql.accounts as b on b.account_id = t.other
order by a.position, t.role_arn, t.number, t.trusted
