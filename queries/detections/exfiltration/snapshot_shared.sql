-- title: A disk snapshot was shared with a foreign account or everybody
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, mitre:T1578.001, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- Whoever gets a share of a snapshot can copy the whole disk into an account of his own, where nobody sees what he does
-- with it. Take the share back at once (`aws ec2 modify-snapshot-attribute`), find out what was on the disk, and hold
-- its secrets for stolen: the copy stays when the share is gone.
-- False positives: a partner or vendor that gets images this way; name the account in `$trusted`. Accounts that this
-- run does not know although they are yours (no organization was read) show too.

with shares as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip, e.event_name,
        e.request_parameters ->> '$.snapshotId' as target,
        list_concat(
            json_extract_string(e.request_parameters, '$.createVolumePermission.add.items[*].userId'),
            list_concat(
                json_extract_string(e.request_parameters, '$.createVolumePermission.add.items[*].group'),
                json_extract_string(e.request_parameters, '$.createVolumePermission.add.items[*].groups')
            )
        ) as receivers,
        e.invoked_by, e.event_id
    from successful_calls('ec2.amazonaws.com') as e
    where e.event_name = 'ModifySnapshotAttribute'
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
