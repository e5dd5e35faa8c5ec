-- title: RDS or Redshift snapshot shared with an external account or the public
-- kind: detection
-- severity: high
-- tags: mitre:T1537, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects RDS and Redshift snapshots that were shared with an account outside the organization or with everyone. The
-- receiver can restore the entire database in an account of its own. Remove the share (`aws rds
-- modify-db-snapshot-attribute`), determine what the database contains, and treat the data as copied: a restore is not
-- recorded in your account. An encrypted snapshot also requires the KMS key, so look for grants on it.
-- False positives: a vendor that receives data in this way by contract. Add the account to `$trusted`.

with shares as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
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
    from recorded_calls() as e
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
)

select f.*
from shared_resources((select list(s) from shares as s), $trusted) as f
order by f.event_time desc, f.event_id
