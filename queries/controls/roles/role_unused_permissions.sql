-- title: Ensure IAM roles have no permissions for services that they do not use
-- kind: control
-- severity: low
-- tags: roles, unused, access-advisor
-- param: days integer = 90          # Days without use after which a service is unused
-- remediation: aws iam generate-service-last-accessed-details --arn {resource} --granularity ACTION_LEVEL
-- remediation: iamsql query principal_statements --arg principal={resource}
-- remediation: aws iam detach-role-policy --role-name {resource:name} --policy-arn POLICY_ARN
--
-- Unused permissions benefit only an attacker who takes over the role. Last accessed information shows when a role last
-- used each service that its policies allow, for 400 days. Remove the permissions for the other services. Only roles
-- for which the information was read are evaluated, except service-linked roles and roles of IAM Identity Center.

with services as (
    select
        a.account_id, a.principal_arn,
        count(*) as service_count,
        sum(case when a.last_authenticated > as_of() - $days * interval '24 hours' then 0 else 1 end) as unused_count,
        string_agg(
            case when a.last_authenticated > as_of() - $days * interval '24 hours' then null else a.service_namespace end,
            ', ' order by a.service_namespace
        ) as unused_services
    from aws_iam_access_advisor as a
    group by a.account_id, a.principal_arn
)

select
    r.arn as resource,
    unnest(case
        when s.unused_count = 0
            then ok(concat(
                'The role used ',
                case when s.service_count = 1 then 'its only service' else concat('all of its ', s.service_count, ' services') end,
                ' in the last ', in_days($days), '.'
            ))
        when r.create_date is null then unknown('the creation date of the role was not read.')
        when r.create_date > o.as_of - $days * interval '24 hours'
            then ok(concat('The role is less than ', in_days($days), ' old.'))
        else alarm(concat(
            'The role did not use ', s.unused_count, ' of its ', pluralize(s.service_count, 'service', 'services'),
            ' in the last ', in_days($days), ': ',
            case when length(s.unused_services) > 200 then concat(left(s.unused_services, 200), ' …') else s.unused_services end, '.'
        ))
    end),
    r.account_id, 'global' as region
from aws_iam_role as r
cross join (select as_of() as as_of) as o
inner join services as s on s.account_id = r.account_id and s.principal_arn = r.arn
where is_customer_role(r.path)
order by account_position(r.account_id), r.arn
