-- title: EBS snapshot shared with an external account or the public
-- kind: detection
-- severity: high
-- tags: mitre:T1537, mitre:T1578.001, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects EBS snapshots that were shared with an account outside the organization or with everyone. The receiver can
-- copy the entire disk to an account of its own, beyond your control. Remove the share (`aws ec2
-- modify-snapshot-attribute`), determine what the disk contains, and treat its secrets as stolen: a copy remains after
-- the share is removed.
-- False positives: a partner or vendor that receives snapshots in this way; add the account to `$trusted`. If the run
-- did not read the organization, your other accounts are findings too.

with shares as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.snapshotId' as target,
        flatten([
            json_extract_string(c.request_parameters, '$.createVolumePermission.add.items[*].userId'),
            json_extract_string(c.request_parameters, '$.createVolumePermission.add.items[*].group'),
            json_extract_string(c.request_parameters, '$.createVolumePermission.add.items[*].groups')
        ]) as receivers,
        c.invoked_by, c.event_id
    from successful_calls('ec2.amazonaws.com') as c
    where c.event_name = 'ModifySnapshotAttribute'
)

select f.*
from shared_resources((select list(s) from shares as s), $trusted) as f
order by f.event_time desc, f.event_id
