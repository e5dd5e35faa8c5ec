-- title: Ensure the root user is not used
-- kind: control
-- severity: high
-- version: 1
-- tags: root, cis_v1.2:1.1, cis_v3.0:1.7, cis_v7.0:2.7, security_hub:IAM.20
-- param: days integer = 90              # A use less than so many days ago is an alarm
--
-- Root is for the few things that nobody else can do; daily work with it leaves no trace of who did it and no limit to
-- what. Find out who used it and for what: `root_activity` lists its events. The times are as old as the credential
-- report. The public control of this subject takes a key that was used before the limit for the finding; here it is
-- the use within it. A root user of whom the report has no row is unknown.

with uses as (
    select
        c.account_id, c.user_arn, c.password_last_used as password_used,
        greatest(c.access_key_1_last_used_date, c.access_key_2_last_used_date) as key_used,
        greatest(c.password_last_used, c.access_key_1_last_used_date, c.access_key_2_last_used_date) as last_used
    from aws_iam_credential_report as c
    where c.user_name = '<root_account>'
),

ages as (
    select
        u.account_id,
        u.password_used is not null and (u.key_used is null or u.password_used >= u.key_used) as by_password,
        days_between(u.last_used, as_of()) as age_days
    from uses as u
)

select
    a.root_arn as resource,
    unnest(case
        when g.account_id is null then unknown('there is no credential report of the root user.')
        when g.age_days is null then ok('The root user was never used, as far as AWS recorded.')
        when g.by_password then alarm_if(
            g.age_days < $days,
            concat('Root''s password was used ', in_days(g.age_days), ' ago; the limit is ', $days, '.')
        )
        else alarm_if(
            g.age_days < $days,
            concat('A key of root was used ', in_days(g.age_days), ' ago; the limit is ', $days, '.')
        )
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join ages as g on g.account_id = a.account_id
order by a.position, a.account_id
