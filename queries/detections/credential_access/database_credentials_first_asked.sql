-- title: Redshift passwords asked for by somebody new
-- kind: detection
-- severity: low
-- version: 1
-- tags: mitre:T1528, mitre:T1555.006, tactic:credential_access, cloudtrail
-- param: days integer = 14  # Days of the run's window after which a first time is news
--
-- GetClusterCredentials gives a temporary database password, even for a user that is made on the spot, and so
-- turns a right of IAM into the data of a warehouse. Each actor is shown once a cluster and database user: when
-- the run has seen some days without it, or at once when a long-term key asks or a user is to be made. Ask the
-- actor, then read the cluster's own log.
-- False positives: analysts who open a warehouse for the first time, and new dashboards: the source is the house's
-- network and the database user is their own. What the query editor does in somebody's name is not shown.

with asked as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name,
        coalesce(
            e.request_parameters ->> '$.clusterIdentifier', e.request_parameters ->> '$.workgroupName', e.target
        ) as database_cluster,
        coalesce(e.request_parameters ->> '$.dbUser', 'the caller''s own') as database_user,
        e.request_parameters ->> '$.autoCreate' as auto_create,
        e.event_id, e.access_key_id, e.user_agent, e.user_type,
        coalesce(e.issuer_arn, coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type)) as who
    from aws_cloudtrail_event as e
    where
        e.event_source in ('redshift.amazonaws.com', 'redshift-serverless.amazonaws.com')
        and e.event_name in ('GetClusterCredentials', 'GetClusterCredentialsWithIAM', 'GetCredentials')
        and e.error_code is null
        and e.invoked_by is null
        and coalesce(e.user_type, '') <> 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

ranked as (
    select
        a.*,
        row_number() over (
            partition by a.account_id, a.who, a.database_cluster, a.database_user
            order by a.event_time, a.event_id
        ) as nth
    from asked as a
)

select
    r.event_time, r.account_id, r.region, r.actor, r.source_ip, r.event_name, r.database_cluster as target,
    concat(
        'for the first time as database user ', r.database_user,
        case when r.auto_create = 'true' then ', to be made if it is not there' end,
        case when r.access_key_id like 'AKIA%' then ', with a long-term key' end
    ) as detail,
    r.event_id, r.database_user, r.user_agent
from ranked as r
cross join iamsql.run as w
where
    r.nth = 1
    and (
        r.auto_create = 'true'
        or r.access_key_id like 'AKIA%'
        or r.event_time >= (w.window_start at time zone 'UTC') + $days * interval '1 day'
    )
order by r.event_time desc, r.event_id
