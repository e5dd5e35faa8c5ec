-- title: What the run contains, what it lacks, and the queries to begin with
-- kind: report
-- severity: info
-- tags: coverage
-- columns: topic, name, description
-- remediation: iamsql query audit_report
-- remediation: iamsql query skipped_accounts
--
-- Returns the run, each account that was not read completely, with the reason, and the queries to begin with. Reports
-- contain only what was read: review the missing accounts first. In a run file, each query is a table macro, such as
-- `from stale_keys()`, and the table `iamsql.queries` lists all queries with their parameters.

with first_queries as (
    select q.name, q.title, row_number() over (partition by q.name order by q.version desc) as version_rank, f.position
    from iamsql.queries as q
    inner join (values
        (1, 'skipped_accounts'), (2, 'audit_report'), (3, 'stale_keys'), (4, 'root_report'), (5, 'admins'), (6, 'escalation_paths'),
        (7, 'external_access'), (8, 'can'), (9, 'who_can'), (10, 'key_history')
    ) as f(position, name) on f.name = q.name
)

select h.topic, h.name, h.description
from (
    select
        1 as section, cast(0 as bigint) as position, 'run' as topic, coalesce(r.organization_id, 'no organization') as name,
        concat(
            pluralize((select count(*) from iamsql.accounts as a where a.outcome = 'complete'), 'account', 'accounts'),
            ' read completely, as of ', strftime(r.started_at at time zone 'UTC', '%Y-%m-%d %H:%M'), ' UTC'
        ) as description
    from iamsql.run as r
    union all
    select
        2, a.position, 'missing account', a.account_id,
        concat(coalesce(a.name, 'no name'), ': ', a.outcome, coalesce(concat(', ', split_part(a.reason, ';', 1)), ''))
    from iamsql.accounts as a
    where a.outcome is distinct from 'complete'
    union all
    select 3, f.position, 'query', f.name, f.title
    from first_queries as f
    where f.version_rank = 1
) as h
order by h.section, h.position, h.name
