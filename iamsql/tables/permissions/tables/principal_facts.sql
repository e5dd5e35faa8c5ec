-- Returns the users and roles of a list of ARNs, as the run has them. `kind` is NULL for a principal without a row in aws_iam_user
-- and aws_iam_role. `is_listed`: the users or roles of its account were read.
-- returns: principal VARCHAR, account_id VARCHAR, account_name VARCHAR, account_reason VARCHAR, is_known_account BOOLEAN, is_listed BOOLEAN, kind VARCHAR, name VARCHAR, id VARCHAR, path VARCHAR, create_date TIMESTAMP WITH TIME ZONE, boundary VARCHAR, last_used TIMESTAMP WITH TIME ZONE, is_tagged BOOLEAN, tags JSON
create or replace macro listed_principals(arns) as table
with wanted as (
    select distinct w.arn, split_part(w.arn, ':', 5) as account_id, iam_is_user(w.arn) as is_user
    from (select unnest(cast(arns as varchar[])) as arn) as w
),

identities as (
    select
        u.arn, 'user' as kind, u.name, u.user_id as id, u.path, u.create_date, u.permissions_boundary_arn as boundary,
        u.password_last_used as last_used, u.tags_src is not null as is_tagged, u.tags
    from aws_iam_user as u
    union all
    select
        r.arn, 'role', r.name, r.role_id, r.path, r.create_date, r.permissions_boundary_arn, r.role_last_used_date,
        r.tags_src is not null, r.tags
    from aws_iam_role as r
)

select
    w.arn as principal, w.account_id, a.name as account_name, a.reason as account_reason,
    a.account_id is not null as is_known_account,
    coalesce(case when w.is_user then u.is_read else r.is_read end = 1, false) as is_listed,
    i.kind, i.name, i.id, i.path, i.create_date, i.boundary, i.last_used, i.is_tagged, i.tags
from wanted as w
left join identities as i on i.arn = w.arn
left join iamsql.accounts as a on a.account_id = w.account_id
left join account_calls('iam', ['GetAccountAuthorizationDetails', 'ListUsers']) as u on u.account_id = w.account_id
left join account_calls('iam', ['GetAccountAuthorizationDetails', 'ListRoles']) as r on r.account_id = w.account_id;

-- Returns facts about principals as rows of text: what they are, how they sign in, and their access keys, groups and policies.
-- `place` orders the rows of a principal.
-- returns: principal VARCHAR, place BIGINT, section VARCHAR, item VARCHAR, value VARCHAR, detail VARCHAR, source VARCHAR
create or replace macro principal_identity(arns) as table
with listed as materialized (from listed_principals(arns)),

users as materialized (
    select l.principal, l.account_id, l.name, u.password_enabled, u.mfa_enabled, u.mfa_devices, u.groups, p.set_at, p.last_used, p.use_known
    from listed as l
    inner join aws_iam_user as u on u.arn = l.principal
    left join user_passwords() as p on p.arn = u.arn
),

trusts as (
    select
        l.principal, t.number, t.kind, t.effect, t.is_not, t.who, nullif(iam_condition_text(t.conditions), '') as conditions,
        a.name as account_name
    from listed as l
    inner join trust_edges() as t on t.role_arn = l.principal
    left join iamsql.accounts as a on a.account_id = t.other
),

facts as (
    select
        l.principal, 101 as place, 'principal' as section, 'state' as item,
        case
            when l.kind is not null then concat(l.kind, ' of this run')
            when not regexp_matches(l.principal, '^arn:[^:]+:iam::\d{12}:(user|role)/.')
                then 'not the ARN of an IAM user or role'
            when not l.is_known_account then 'unknown: the run does not have the account'
            when not l.is_listed then concat(
                'unknown: the ', case when iam_is_user(l.principal) then 'users' else 'roles' end,
                ' of the account were not read'
            )
            else 'not in the account'
        end as value,
        case
            when l.kind is null and l.is_listed then 'It was deleted, or never existed: the section change has the events that name it.'
            when l.kind is null then l.account_reason
        end as detail,
        'iamsql.accounts' as source
    from listed as l
    union all
    select l.principal, 102, 'principal', 'account', l.account_id, l.account_name, 'iamsql.accounts' from listed as l
    union all
    select
        l.principal, 103, 'principal', 'created', time_text(l.create_date at time zone 'UTC'),
        concat(in_days(days_between(l.create_date, o.as_of)), ' old; ID ', l.id),
        concat('aws_iam_', l.kind)
    from listed as l
    cross join (select as_of() as as_of) as o
    where l.kind is not null
    union all
    select
        l.principal, 104, 'principal', 'permissions boundary', coalesce(l.boundary, 'none'), null, concat('aws_iam_', l.kind)
    from listed as l
    where l.kind is not null
    union all
    select
        l.principal, 105, 'principal', 'tags',
        case when not l.is_tagged then 'unknown' else coalesce(cast(l.tags as varchar), 'none') end, null,
        concat('aws_iam_', l.kind)
    from listed as l
    where l.kind is not null
    union all
    select
        u.principal, 201, 'sign-in', 'console password',
        case when u.password_enabled then 'set' when not u.password_enabled then 'none' else 'unknown' end,
        case
            when u.password_enabled
                then concat(
                    'set ', coalesce(time_text(u.set_at at time zone 'UTC'), 'at an unknown time'), '; last sign-in ',
                    coalesce(
                        time_text(u.last_used at time zone 'UTC'), case when u.use_known then 'never' else 'unknown' end
                    )
                )
        end,
        'user_passwords'
    from users as u
    union all
    select
        u.principal, 202, 'sign-in', 'MFA',
        case when u.mfa_enabled then 'on' when not u.mfa_enabled then 'none' else 'unknown' end,
        nullif(array_to_string(u.mfa_devices ->> '$[*].SerialNumber', ', '), ''),
        'aws_iam_user'
    from users as u
    union all
    select
        l.principal, 203, 'sign-in', 'last use of the role',
        coalesce(time_text(l.last_used at time zone 'UTC'), case when l.is_tagged then 'none in 400 days' else 'unknown' end),
        null, 'aws_iam_role'
    from listed as l
    where l.kind = 'role'
    union all
    select
        t.principal, 210 + t.number, 'sign-in', concat('trust policy: ', t.effect, ' ', t.kind),
        concat(case when t.is_not = 1 then 'everyone but ' end, t.who."value", ' (' || t.account_name || ')'),
        t.conditions, 'trust_graph'
    from trusts as t
    union all
    select
        u.principal, 300, 'access key', k.access_key_id, k.status,
        concat(
            'created ', time_text(k.create_date at time zone 'UTC'), ' (', in_days(days_between(k.create_date, o.as_of)),
            '); last use ',
            case
                when k.access_key_last_used_date is not null
                    then concat_ws(
                        ', ', time_text(k.access_key_last_used_date at time zone 'UTC'), k.access_key_last_used_service,
                        k.access_key_last_used_region
                    )
                when k.last_used_known then 'never'
                else 'unknown'
            end
        ),
        'aws_iam_access_key'
    from users as u
    inner join aws_iam_access_key as k on k.account_id = u.account_id and k.user_name = u.name
    cross join (select as_of() as as_of) as o
    union all
    select
        u.principal, 301, 'access key', c.service_specific_credential_id, c.status,
        concat(c.service_name, '; created ', time_text(c.create_date at time zone 'UTC')), 'aws_iam_service_specific_credential'
    from users as u
    inner join aws_iam_service_specific_credential as c on c.account_id = u.account_id and c.user_name = u.name
    union all
    select u.principal, 400, 'group', g.name, g.arn, null, 'aws_iam_user'
    from (select u.principal, unnest(json_extract(u.groups, '$[*]')) as item from users as u) as u
    cross join lateral (select u.item ->> '$.GroupName' as name, u.item ->> '$.Arn' as arn) as g
    union all
    select
        p.principal_arn, case when p.layer = 'boundary' then 501 else 500 end, 'policy', p.policy_name, p.via,
        concat_ws(
            '; ', 'group ' || p.group_name, p.policy_arn, case when p.document_id is null then 'the document was not read' end
        ),
        'aws_iam_principal_policy'
    from aws_iam_principal_policy as p
    where p.principal_arn in (select l.principal from listed as l)
)

select f.principal, cast(f.place as bigint) as place, f.section, f.item, f.value, f.detail, f.source from facts as f;
