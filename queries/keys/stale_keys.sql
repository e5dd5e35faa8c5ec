-- title: Active access keys that are old or no longer used
-- kind: report
-- severity: high
-- version: 1
-- tags: access-keys, cis_v3.0:1.12, cis_v3.0:1.14, fsbp:IAM.3, fsbp:IAM.22
-- param: days integer = 90            # Age in days from which a key is old
-- param: idle_days integer = 45       # Days without use from which a key counts as unused
--
-- A long-lived key that is not rotated is the most common way into an account, and one that nobody uses is risk for
-- nothing. Make the unused ones inactive, wait, then delete them; replace the old ones, best by a role. A key that
-- was never used is evaluated from the day it was made. Where AWS did not let its last use be read, a key that is old
-- enough to be unused is listed with that reason: it is not known to be unused. Ages are whole days up to the start
-- of the run; `last_used_as_of` is the moment of the credential report that the last use came from, where it came
-- from one.

with limits as (
    select
        as_of() as moment,
        as_of() - $days * interval '24 hours' as old_from,
        as_of() - $idle_days * interval '24 hours' as idle_from,
        concat('at least ', $days, ' days old') as old_words,
        concat('never used in at least ', $idle_days, ' days') as never_words,
        concat('not used for at least ', $idle_days, ' days') as idle_words,
        'last use unknown: it could not be read' as unknown_words
),

candidates as (
    select
        k.account_id, k.user_name, k.access_key_id, k.create_date, k.access_key_last_used_date,
        k.access_key_last_used_service, k.access_key_last_used_region, k.report_time, m.moment,
        case when k.create_date <= m.old_from then m.old_words end as old_reason,
        coalesce(k.last_used_known, false) or k.access_key_last_used_date is not null as use_known,
        case
            when coalesce(k.access_key_last_used_date, k.create_date) > m.idle_from then null
            when k.access_key_last_used_date is not null then m.idle_words
            when k.last_used_known then m.never_words
            else m.unknown_words
        end as idle_reason
    from aws_iam_access_key as k
    cross join limits as m
    where
        k.status = 'Active'
        and (
            k.create_date <= m.old_from
            or coalesce(k.access_key_last_used_date, k.create_date) <= m.idle_from
        )
)

select
    c.account_id, a.name as account_name, c.user_name, c.access_key_id, c.create_date,
    cast(floor((extract(epoch from c.moment) - extract(epoch from c.create_date)) / 86400) as bigint) as age_days,
    c.access_key_last_used_date as last_used_date, c.access_key_last_used_service as last_used_service,
    c.access_key_last_used_region as last_used_region,
    case
        when c.use_known
            then cast(floor((
                extract(epoch from c.moment) - extract(epoch from coalesce(c.access_key_last_used_date, c.create_date))
            ) / 86400) as bigint)
    end as unused_days,
    concat_ws('; ', c.old_reason, c.idle_reason) as reason,
    c.report_time as last_used_as_of, c.moment as as_of
from candidates as c
left join iamsql.accounts as a on a.account_id = c.account_id
order by c.create_date, c.access_key_id
