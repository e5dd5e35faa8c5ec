-- title: Active access keys that are old or unused
-- kind: report
-- severity: high
-- tags: access-keys, cis_v3.0:1.12, cis_v3.0:1.14, fsbp:IAM.3, fsbp:IAM.22
-- columns: account, user_name, access_key_id, age_days, unused_days
-- param: days integer = 90       # Age at which a key is old, in days
-- param: unused_days integer = 45  # Days without use after which a key is unused
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: # If an application uses the key, first give the application a role or a new key: aws iam create-access-key --user-name {user_name}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
--
-- Returns active access keys that are at least `$days` days old, or unused for at least `$unused_days` days. Long-lived
-- keys are the most common way into an account. Deactivate the unused ones, wait, then delete them; rotate the old
-- ones, or better replace them with a role. A key that was never used is measured from its creation. If the last use
-- could not be read, a key that is old enough to be unused is listed with that reason; whether it is unused is not
-- known. Ages are whole days up to the start of the run. `last_used_as_of` is the time of the credential report from
-- which the last use comes, if it comes from one.

with thresholds as (
    select
        as_of() as as_of,
        as_of() - $days * interval '24 hours' as old_before,
        as_of() - $unused_days * interval '24 hours' as idle_before
),

candidates as (
    select
        k.*, t.as_of,
        k.create_date <= t.old_before as is_old,
        coalesce(k.access_key_last_used_date, k.create_date) <= t.idle_before as is_idle,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as is_use_known
    from aws_iam_access_key as k
    cross join thresholds as t
    where k.status = 'Active'
)

select
    c.account_id, a.name as account_name, c.user_name, c.access_key_id, c.create_date,
    days_between(c.create_date, c.as_of) as age_days,
    c.access_key_last_used_date as last_used_date, c.access_key_last_used_service as last_used_service,
    c.access_key_last_used_region as last_used_region,
    case
        when c.is_use_known then days_between(coalesce(c.access_key_last_used_date, c.create_date), c.as_of)
    end as unused_days,
    concat_ws(
        '; ',
        case when c.is_old then concat('at least ', $days, ' days old') end,
        case
            when not c.is_idle then null
            when c.access_key_last_used_date is not null then concat('not used for at least ', $unused_days, ' days')
            when c.is_use_known then concat('never used in at least ', $unused_days, ' days')
            else 'last use unknown: it could not be read'
        end
    ) as reason,
    c.report_time as last_used_as_of, c.as_of
from candidates as c
left join iamsql.accounts as a on a.account_id = c.account_id
where c.is_old or c.is_idle
order by c.create_date, c.access_key_id
