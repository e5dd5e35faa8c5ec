-- title: Temporary database credentials of Redshift requested for the first time
-- kind: detection
-- severity: low
-- tags: mitre:T1528, mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: days integer = 14  # Baseline period at the start of the window, in days
--
-- Detects principals that request temporary credentials of a Redshift cluster or workgroup (GetClusterCredentials,
-- GetCredentials) for the first time. The call turns an IAM permission into access to the data of a warehouse, and can
-- create the database user. Returns the first request for each principal, cluster and database user: after `$days`
-- days of the window, or at any time for a long-term access key or a user that the request creates. Contact the
-- principal, then read the audit log of the cluster.
-- False positives: analysts who open a warehouse for the first time, and new dashboards. The requests come from the
-- network of the company, and the database user is their own. Requests that the query editor makes on behalf of a user
-- are excluded.

with requests as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.request_parameters ->> '$.clusterIdentifier', c.request_parameters ->> '$.workgroupName', c.target
        ) as database_cluster,
        coalesce(c.request_parameters ->> '$.dbUser', 'the caller''s own') as database_user,
        c.request_parameters ->> '$.autoCreate' as auto_create,
        c.event_id, c.access_key_id, c.user_agent,
        coalesce(c.issuer_arn, c.actor) as principal
    from recorded_calls() as c
    where
        c.event_source in ('redshift.amazonaws.com', 'redshift-serverless.amazonaws.com')
        and scan_filter(c.event_name in ('GetClusterCredentials', 'GetClusterCredentialsWithIAM', 'GetCredentials'))
        and c.error_code is null
        and c.invoked_by is null
),

first_requests as (
    select r.*
    from requests as r
    qualify row_number() over (
        partition by r.account_id, r.principal, r.database_cluster, r.database_user
        order by r.event_time, r.event_id
    ) = 1
)

select
    r.event_time, r.account_id, r.region, r.actor, r.source_ip_address, r.event_name, r.database_cluster as target,
    concat(
        'first request for database user ', r.database_user,
        case when r.auto_create = 'true' then ', which is created if it does not exist' end,
        case when r.access_key_id like 'AKIA%' then ', with a long-term access key' end
    ) as detail,
    r.event_id, r.database_user, r.user_agent
from first_requests as r
cross join iamsql.run as w
where
    r.auto_create = 'true'
    or r.access_key_id like 'AKIA%'
    or r.event_time >= (w.window_start at time zone 'UTC') + $days * interval '1 day'
order by r.event_time desc, r.event_id
