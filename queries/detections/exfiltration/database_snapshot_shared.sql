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
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        coalesce(
            c.request_parameters ->> '$.dBSnapshotIdentifier',
            c.request_parameters ->> '$.dBClusterSnapshotIdentifier', c.request_parameters ->> '$.snapshotIdentifier',
            c.request_parameters ->> '$.snapshotArn'
        ) as target,
        case
            when c.event_source = 'redshift.amazonaws.com'
                then [c.request_parameters ->> '$.accountWithRestoreAccess']
            else json_extract_string(c.request_parameters, '$.valuesToAdd[*]')
        end as receivers,
        c.invoked_by, c.event_id
    from recorded_calls() as c
    where
        (
            (
                c.event_source = 'rds.amazonaws.com'
                and c.event_name in ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
                and (c.request_parameters ->> '$.attributeName') = 'restore'
            )
            or (c.event_source = 'redshift.amazonaws.com' and c.event_name = 'AuthorizeSnapshotAccess')
        )
        and c.error_code is null
)

select f.*
from shared_resources((select list(s) from shares as s), $trusted) as f
order by f.event_time desc, f.event_id
