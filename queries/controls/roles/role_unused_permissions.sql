-- title: Ensure IAM roles have no permissions for services that they do not use
-- kind: control
-- severity: low
-- version: 1
-- tags: roles, unused, access-advisor
-- param: days integer = 90          # Days without use from which a service counts as unused
--
-- What a role may do and does not do is only good for whoever takes it over. The access advisor tells when each service
-- that its policies allow was last used, for 400 days. Take the others out. Only roles that the advisor was asked about
-- have a row, and of those not service-linked ones or those of Identity Center.

with asked as (
    select
        v.account_id, v.principal_arn,
        count(*) as services,
        sum(case when v.last_authenticated > as_of() - $days * interval '24 hours' then 0 else 1 end) as unused,
        string_agg(
            case when v.last_authenticated > as_of() - $days * interval '24 hours' then null else v.service_namespace end,
            ', ' order by v.service_namespace
        ) as names
    from aws_iam_access_advisor as v
    group by v.account_id, v.principal_arn
)

select
    r.arn as resource,
    unnest(case
        when k.unused = 0
            then ok(concat('The role used each of its ', k.services, ' services in the last ', $days, ' days.'))
        when r.create_date is null then unknown('the age of the role was not read.')
        when r.create_date > o.as_of - $days * interval '24 hours'
            then ok(concat('The role is less than ', $days, ' days old.'))
        else alarm(concat(
            'The role did not use ', k.unused, ' of its ', k.services, ' services in ', $days, ' days: ',
            case when length(k.names) > 200 then concat(left(k.names, 200), ' …') else k.names end, '.'
        ))
    end),
    r.account_id, 'global' as region
from aws_iam_role as r
cross join (select as_of() as as_of) as o
inner join asked as k on k.account_id = r.account_id and k.principal_arn = r.arn
left join iamsql.accounts as a on a.account_id = r.account_id
where
    coalesce(r.path, '/') not like '/aws-service-role/%'
    and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
order by a.position, r.arn
