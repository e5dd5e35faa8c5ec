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
    select * from (values
        (1, 'skipped_accounts()', 'accounts that were not read completely, and the remediation for each'),
        (2, 'audit_report()', 'users and root users with their access keys, passwords, MFA and risk'),
        (3, 'stale_keys()', 'active access keys that are old or unused'),
        (4, 'root_report()', 'root users and their access keys and MFA'),
        (5, 'admins()', 'users and roles with the permissions of an administrator, directly or by a path'),
        (6, 'escalation_paths()', 'how a user or role can become an administrator'),
        (7, 'external_access()', 'principals outside the organization that policies of resources and roles allow'),
        (8, 'can(principal, action, resource)', 'whether a user or role may perform an action'),
        (9, 'who_can(action, resource)', 'the users and roles that may perform an action'),
        (10, 'key_history(access_key_id)', 'who created an access key, and what it did')
    ) as queries(position, call, description)
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
    select 3, f.position, 'query', f.call, f.description
    from first_queries as f
) as h
order by h.section, h.position, h.name
