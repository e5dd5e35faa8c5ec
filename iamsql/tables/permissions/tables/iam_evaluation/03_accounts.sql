-- The accounts of resources, and of subjects that are not users or roles of the run, with the data of the organization about them.

-- One row: the ID of the organization, if the run has its accounts.
organization_facts as materialized (
    select
        max(split_part(split_part(a.arn, ':', 6), '/', 2)) as id, max(split_part(a.arn, ':', 5)) as management_account,
        bool_or(g.is_known) as has_accounts
    from iam_organization_coverage() as g
    left join aws_organizations_account as a on true
),

-- One row: whether the policy of a resource is evaluated. It can allow callers that are not in the run.
resource_policy_facts as materialized (
    select exists (select 1 from question_resources) or exists (select 1 from asked_questions as q where q.trust) as has_policies
),

-- The subjects that are not principals of the run: root users, accounts, users and roles whose account was not read, and subjects
-- without an account (everyone, services and identity providers). `kind` is the result of iam_caller_type: `Account` is a root user, as in
-- aws:PrincipalType, and `Principal` is an account that stands for any of its users and roles.
outside_subjects as materialized (
    select
        k.*, case
            when k.kind = 'Principal' then k.definition.principal
            when k.kind in ('Account', 'User', 'AssumedRole') then split_part(k.definition.principal, ':', 5)
        end as account_id
    from (select s.*, iam_caller_type(s.definition.principal) as kind from numbered_subjects as s) as k
    cross join resource_policy_facts as f
    where
        k.kind in ('Anonymous', 'Service', 'Federated', 'Principal', 'Account')
        or k.kind in ('User', 'AssumedRole') and not k.definition.is_new and f.has_policies
        and regexp_full_match(split_part(k.definition.principal, ':', 5), '\d{12}')
        and split_part(k.definition.principal, ':', 5) not in (
            select p.account_id from aws_iam_principal as p where (select f.has_policies from resource_policy_facts as f)
        )
),

-- The accounts of these subjects and of resources, with the organization's data about them.
other_accounts as materialized (
    select r.account_id from question_resources as r where r.account_id is not null
    union
    select iam_resource_account(q.resource) from asked_questions as q
    where q.trust and iam_resource_account(q.resource) is not null
    union
    select n.account_id from outside_subjects as n where n.account_id is not null
    union
    select q.source_account from asked_questions as q where q.source_account is not null
),

account_facts as materialized (
    select
        i.account_id, max(o.management_account) as management_account,
        case when bool_or(a.id is not null) then true when bool_or(o.id is not null and o.has_accounts) then false end as in_organization,
        case when bool_or(a.id is not null) then max(o.id) end as organization_id, max(p.organization_path) as organization_path
    from other_accounts as i
    cross join organization_facts as o
    left join aws_organizations_account as a on a.id = i.account_id
    left join (
        select l.account_id, max(l.organization_path) as organization_path
        from aws_iam_principal as l where l.account_id in (select c.account_id from other_accounts as c)
        group by l.account_id
    ) as p on p.account_id = i.account_id
    group by i.account_id
),
