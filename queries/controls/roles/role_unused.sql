-- title: Ensure unused IAM roles are removed
-- kind: control
-- severity: medium
-- version: 1
-- tags: roles, unused
-- param: days integer = 90          # Days without use from which a role counts as unused
--
-- A role that nobody uses can be taken away without anybody missing it, and cannot be misused afterwards. AWS keeps
-- the last use for 400 days; a role without one is evaluated from the day it was made. Service-linked roles and those
-- of Identity Center have no row. Where the bulk answer was refused, the last use is unknown. unused_roles lists the
-- same as a report.

with aged as (
    select
        r.account_id, r.arn, r.role_last_used_date as used,
        r.role_last_used_date is not null or r.tags_src is not null as is_known,
        days_between(r.create_date, as_of()) as age_days,
        days_between(r.role_last_used_date, as_of()) as idle_days
    from aws_iam_role as r
    where
        coalesce(r.path, '/') not like '/aws-service-role/%'
        and coalesce(r.path, '/') not like '/aws-reserved/sso.amazonaws.com/%'
)

select
    g.arn as resource,
    unnest(case
        when not g.is_known or coalesce(g.idle_days, g.age_days) is null
            then unknown('the last use of the role was not read.')
        when g.used is not null then alarm_if(
            coalesce(g.idle_days, g.age_days) >= $days,
            concat('The role was last used ', in_days(g.idle_days), ' ago; the limit is ', $days, '.')
        )
        when g.age_days >= 400 then alarm_if(
            coalesce(g.idle_days, g.age_days) >= $days,
            concat('The role was not used in the 400 days that AWS keeps; it is ', in_days(g.age_days), ' old.')
        )
        else alarm_if(
            coalesce(g.idle_days, g.age_days) >= $days,
            concat('The role was never used; it is ', in_days(g.age_days), ' old, and the limit is ', $days, '.')
        )
    end),
    g.account_id, 'global' as region
from aged as g
left join iamsql.accounts as a on a.account_id = g.account_id
order by a.position, g.arn
