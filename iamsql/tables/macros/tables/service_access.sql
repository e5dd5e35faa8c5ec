-- Returns the rows of a control that checks that users or roles used a service in a number of days. `namespace` is the namespace
-- of the service. `principal_kind` is user or role. Only principals whose policies allow the service, by service last accessed
-- information, have a row.
-- returns: resource VARCHAR, status VARCHAR, reason VARCHAR, account_id VARCHAR, region VARCHAR
create or replace macro service_access_results(principal_kind, namespace, label, days) as table
with principals as (
    select u.account_id, u.arn, u.create_date, 'user' as kind
    from aws_iam_user as u
    union all
    select r.account_id, r.arn, r.create_date, 'role'
    from aws_iam_role as r
    where is_customer_role(r.path)
),

accesses as (
    select
        v.account_id, v.principal_arn,
        days_between(max(v.last_authenticated), as_of()) as unused_days
    from aws_iam_access_advisor as v
    where v.service_namespace = namespace
    group by v.account_id, v.principal_arn
)

select
    p.arn as resource,
    unnest(case
        when a.unused_days < days
            then ok(concat('The ', p.kind, ' last used ', label, ' ', in_days(a.unused_days), ' ago.'))
        when a.unused_days is not null then alarm(concat(
            'The ', p.kind, ' last used ', label, ' ', in_days(a.unused_days), ' ago; its permissions count as unused after ',
            in_days(days), '.'
        ))
        when p.create_date is null then unknown(concat('the creation date of the ', p.kind, ' was not read.'))
        when days_between(p.create_date, o.as_of) < days
            then ok(concat('The ', p.kind, ' is less than ', in_days(days), ' old.'))
        else alarm(concat('The policies of the ', p.kind, ' allow ', label, ', which it never used.'))
    end),
    p.account_id, 'global' as region
from principals as p
cross join (select as_of() as as_of) as o
inner join accesses as a on a.account_id = p.account_id and a.principal_arn = p.arn
where p.kind = principal_kind;
