-- Returns the principals in the policies of resources (rows of iam_known_resources) that are not principals of the run: everyone,
-- services, other accounts, and their users, roles and sessions. The trust policy of a role also lists identity providers. In a
-- trust policy, an account by its ID stands for its users and roles, because its root user cannot assume a role. An account that
-- conditions on everyone name is a principal too, by its ID. `subject` is the subject of an evaluation in which the policies of
-- the principal's own account are assumed to allow everything.
-- returns: principal VARCHAR, account_id VARCHAR, subject STRUCT(subject VARCHAR, principal VARCHAR, "groups" VARCHAR[], removed_items VARCHAR[], has_administrator_access BOOLEAN, is_unbounded BOOLEAN, is_new BOOLEAN, session_name VARCHAR, session_policy VARCHAR, session_tags VARCHAR)
create or replace macro iam_outside_principals(resources) as table
with question_documents as (
    select distinct
        r.item.document_id as document_id, r.item.arn as arn, r.item."grants" as grants, r.item.resource_type = 'iam_role' as is_role
    from (select unnest(iam_resource_list(resources)) as item) as r
    where r.item.arn is not null and r.item.resource_type <> 'vpc_endpoint'
),

elements as (
    select 'AWS' as kind, c.party as name, split_part(c.arn, ':', 2) as "partition", true as is_role
    from (
        select
            d.arn, unnest(case
                when s.effect = 'Allow' then flatten(iam_restrictions(s.conditions, false))
                else iam_escaping_parties(s.conditions, false, 'principal')
            end) as party
        from question_documents as d join aws_iam_statement as s on s.document_id = d.document_id
        where
            len(s.conditions) > 0
            and (s.not_principals is not null or len([1 for who_ in s.principals if iam_is_anyone(who_."type", who_."value")]) > 0)
    ) as c
    where regexp_full_match(c.party, '\d{12}')
    union
    select l.element."type" as kind, l.element."value" as name, split_part(l.arn, ':', 2) as "partition", l.is_role
    from (
        select d.arn, d.is_role, unnest(coalesce(s.principals, [{'type': 'AWS', 'value': '*'}])) as element
        from question_documents as d join aws_iam_statement as s on s.document_id = d.document_id
        where s.effect = 'Allow'
    ) as l
    union
    select
        case when json_extract_string(g.item, '$.GranteePrincipal') like 'arn:%' then 'AWS' else 'Service' end,
        json_extract_string(g.item, '$.GranteePrincipal'), split_part(g.arn, ':', 2), false
    from (
        select d.arn, unnest(elements(d.grants)) as item from question_documents as d where d.grants is not null
    ) as g
),

named as (
    select distinct
        case
            when e.is_role and regexp_full_match(e.name, '\d{12}|arn:.*:root') then iam_account_of(e.kind, e.name)
            when regexp_full_match(e.name, '\d{12}') then concat('arn:', e."partition", ':iam::', e.name, ':root') else e.name
        end as principal,
        iam_account_of(e.kind, e.name) as account_id
    from elements as e
    where (e.kind in ('AWS', 'Service') or e.kind = 'Federated' and e.is_role) and not iam_is_deleted(e.kind, e.name)
)

select
    n.principal, n.account_id, struct_pack(
        subject := n.principal, principal := s.principal, "groups" := s."groups", removed_items := s.removed_items, has_administrator_access := true,
        is_unbounded := false, is_new := false, session_name := s.session_name, session_policy := s.session_policy,
        session_tags := s.session_tags
    ) as subject
from (
    select
        m.principal, m.account_id,
        iam_requester(m.principal, cast(null as varchar), cast(null as varchar), cast(null as varchar)) as s
    from named as m
) as n
where n.account_id is null or n.account_id not in (select p.account_id from aws_iam_principal as p);
