-- title: Root user of each account, in the columns of the predecessor
-- kind: report
-- severity: critical
-- version: 1
-- tags: predecessor, root
-- param: lang text = en  # Language of the values: en or es
--
-- Returns one row for each account whose summary could be read, in the order of the organization. The columns are the
-- columns of the predecessor of iamsql, and all are text. `root_last_login` is the day (UTC) of the last
-- successful root sign-in in the window; failed sign-ins do not count, and `root_activity` lists them. If none was
-- found, and CloudTrail could not be read or the run did not request root sign-ins, the value is Unknown (Desconocido),
-- not Never.

with sign_ins as (
    select e.account_id, max(e.event_time) as newest
    from aws_cloudtrail_lookup_event as e
    where e.event_name = 'ConsoleLogin' and coalesce(e.user_type = 'Root', e.username = 'root')
        and coalesce(e.console_login, '') <> 'Failure'
    group by e.account_id
)

select
    a.account_id, a.name as account_name,
    case when s.account_mfa_enabled then 'True' else 'False' end as mfa_enabled,
    case when s.account_access_keys_present > 0 then 'True' else 'False' end as access_key_present,
    case
        when i.newest is not null then strftime(i.newest at time zone 'UTC', '%Y-%m-%d')
        when r.is_read = 1 then case when $lang = 'es' then 'Nunca' else 'Never' end
        else case when $lang = 'es' then 'Desconocido' else 'Unknown' end
    end as root_last_login
from iamsql.accounts as a
inner join aws_iam_account_summary as s on s.account_id = a.account_id
left join sign_ins as i on i.account_id = a.account_id
left join root_events_read(['Username=root', 'EventName=ConsoleLogin', 'ReadOnly=false']) as r on r.account_id = a.account_id
where a.outcome in ('complete', 'incomplete')
order by a.position
