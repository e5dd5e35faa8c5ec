-- title: A database snapshot was shared with a foreign account or everybody
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- The receiver can restore the whole database in an account of his own. Take the share back (`aws rds
-- modify-db-snapshot-attribute`), find out what was in it, and treat it as copied: the restore leaves no trace on your
-- side. Shares of an encrypted snapshot need the key too, so look for grants on it.
-- False positives: a vendor who gets data this way by contract; name the account in `$trusted`.

with shares as (
    select
        e.event_time, e.account_id, e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip, e.event_name,
        coalesce(
            e.request_parameters ->> '$.dBSnapshotIdentifier',
            e.request_parameters ->> '$.dBClusterSnapshotIdentifier', e.request_parameters ->> '$.snapshotIdentifier',
            e.request_parameters ->> '$.snapshotArn'
        ) as target,
        case
            when e.event_source = 'redshift.amazonaws.com'
                then [e.request_parameters ->> '$.accountWithRestoreAccess']
            else json_extract_string(e.request_parameters, '$.valuesToAdd[*]')
        end as receivers,
        e.invoked_by, e.event_id
    from aws_cloudtrail_event as e
    where
        (
            (
                e.event_source = 'rds.amazonaws.com'
                and e.event_name in ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
                and (e.request_parameters ->> '$.attributeName') = 'restore'
            )
            or (e.event_source = 'redshift.amazonaws.com' and e.event_name = 'AuthorizeSnapshotAccess')
        )
        and e.error_code is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
)

select
    s.event_time, s.account_id, s.region, s.actor, s.source_ip, s.event_name, s.target,
    concat(
        'shared with ', o.receivers,
        case when o.is_public then ', which is everybody' end,
        ', through ' || s.invoked_by
    ) as detail,
    s.event_id
from shares as s
inner join foreign_receivers(
    (select list({'account_id': g.account_id, 'event_id': g.event_id, 'receivers': g.receivers}) from shares as g), $trusted
) as o on o.account_id = s.account_id and o.event_id = s.event_id
order by s.event_time desc, s.event_id
