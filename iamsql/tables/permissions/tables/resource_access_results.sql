-- Returns the rows of a control over the resources of one type. A resource is an alarm if iam_external_access has a row for it with
-- one of the kinds of `accesses` and with a principal that is not in `trusted`, a list of account and organization IDs. A kind can
-- name one principal, such as 'service s3.amazonaws.com'.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR, position BIGINT
create or replace macro resource_access_results(kind, accesses, trusted, ok_text) as table
with accesses_found as (
    select
        e.account_id, e.arn,
        case
            when e.verdict <> 'unknown' then concat(
                case when e.access = 'public' then 'everyone' else e.principal end,
                case when e.conditions is not null then ' (under conditions)' end
            )
        end as principal,
        case when e.verdict = 'unknown' then e.status end as unread
    from iam_external_access() as e
    where
        e.resource_type = kind
        and (e.access is null or list_contains(accesses, e.access) or list_contains(accesses, concat(e.access, ' ', e.principal)))
        and not list_contains(trusted, coalesce(e.principal, ''))
        and not (not starts_with(e.principal, 'everyone but ') and list_contains(trusted, coalesce(iam_account_of('AWS', e.principal), '')))
),

found as (
    select
        a.account_id, a.arn, string_agg(distinct a.principal, ', ' order by a.principal) as principals, min(a.unread) as unread
    from accesses_found as a
    group by a.account_id, a.arn
)

select
    r.arn as resource,
    unnest(case
        when f.principals is not null then alarm(concat('The policy allows access to ', f.principals, '.'))
        when f.unread is not null then unknown(concat(f.unread, '.'))
        else ok(ok_text)
    end),
    r.account_id, coalesce(r.region, 'global') as region, a.position
from aws_resource_policy as r
left join found as f on f.account_id = r.account_id and f.arn = r.arn
left join iamsql.accounts as a on a.account_id = r.account_id
where r.resource_type = kind;
