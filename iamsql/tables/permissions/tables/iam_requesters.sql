-- Returns the subjects of an evaluation for the callers `principals`: a list of ARNs of users, roles, role sessions and root
-- users, of `*`, services, identity providers and account IDs. A session has the policies of its role. `session_policy` and
-- `session_tags` are the values of a session as JSON text, or NULL.
-- returns: principal VARCHAR, subject STRUCT(subject VARCHAR, principal VARCHAR, "groups" VARCHAR[], removed_items VARCHAR[], has_administrator_access BOOLEAN, is_unbounded BOOLEAN, is_new BOOLEAN, session_name VARCHAR, session_policy VARCHAR, session_tags VARCHAR)
create or replace macro iam_requesters(principals, session_policy, session_tags) as table
with callers as (
    select distinct l.principal from (select unnest(cast(principals as varchar[])) as principal) as l where l.principal is not null
),

-- the ARN of a session does not contain the path of its role
session_roles as (
    select c.principal, min(p.principal_arn) as role_arn
    from callers as c
    inner join aws_iam_principal as p
        on p.account_id = split_part(c.principal, ':', 5) and p.name = split_part(c.principal, '/', 2) and p.type = 'AssumedRole'
    where c.principal like 'arn:%:sts::%:assumed-role/%'
    group by c.principal
)

select
    c.principal,
    iam_requester(c.principal, r.role_arn, cast(session_policy as varchar), cast(session_tags as varchar)) as subject
from callers as c
left join session_roles as r on r.principal = c.principal;
