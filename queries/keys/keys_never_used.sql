-- title: Access keys that were never used
-- kind: report
-- severity: medium
-- tags: access-keys, cis_v3.0:1.11
-- columns: account, user_name, access_key_id, status, age_days, state
-- param: days integer = 0  # Minimum age of the keys, in days
-- remediation: iamsql query key_history --arg access_key_id={access_key_id}
-- remediation: aws iam update-access-key --user-name {user_name} --access-key-id {access_key_id} --status Inactive
-- remediation: # When nothing has failed for some days: aws iam delete-access-key --user-name {user_name} --access-key-id {access_key_id}
--
-- Returns access keys without a recorded use. A key that was never used serves no purpose and can be deleted without
-- an effect on any program. `state` is `never used`, or `unknown` where the last use could not be read: such a key may
-- be in use. AWS records the use of keys since 2015-04-22; for an older key, `reason` says so. Inactive keys are
-- included.

select
    k.account_id, a.name as account_name, k.user_name, k.access_key_id, k.status, k.create_date,
    days_between(k.create_date, o.as_of) as age_days,
    case when k.last_used_known then 'never used' else 'unknown' end as state,
    case
        when not coalesce(k.last_used_known, false) then 'the last use could not be read'
        when k.create_date < timestamptz '2015-04-22 00:00:00+00'
            then 'no use since 2015-04-22, when AWS began to record it'
        else 'no use since creation'
    end as reason,
    k.report_time as last_used_as_of, o.as_of
from aws_iam_access_key as k
cross join (select as_of() as as_of) as o
left join iamsql.accounts as a on a.account_id = k.account_id
where k.access_key_last_used_date is null and k.create_date <= o.as_of - $days * interval '24 hours'
order by k.create_date, k.account_id, k.access_key_id
