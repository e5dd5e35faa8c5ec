-- title: EBS snapshot read through the EBS direct APIs
-- kind: detection
-- severity: high
-- tags: mitre:T1530, mitre:T1578.001, tactic:exfiltration, cloudtrail
-- param: excluded text = ''  # Text in the ARN of principals to exclude
--
-- Detects reads of EBS snapshots through the EBS direct APIs, which return the blocks of a disk without a share, volume
-- or instance. Returns one row for each principal, snapshot and clock hour. These are data events, so they are known
-- only where a trail logs them. Deactivate the access key or revoke the session first, then treat the secrets on the
-- disk as stolen.
-- False positives: backup products, which read snapshots every night with a role of their own; add the role to
-- `$excluded`. AWS Backup is excluded.

with calls as (
    select
        e.event_time,
        date_trunc('hour', e.event_time) as in_hour,
        e.account_id, e.region, e.actor, e.source_ip_address, e.event_name, e.target, e.event_id
    from successful_calls('ebs.amazonaws.com') as e
    where
        scan_filter(e.event_name in ('ListSnapshotBlocks', 'ListChangedBlocks', 'GetSnapshotBlock'))
        and e.invoked_by is null
        and e.actor is not null
        and ($excluded = '' or not contains(e.actor, $excluded))
),

hours as (
    select
        c.account_id, c.actor, c.target, first_call(c) as first_call, max(c.event_time) as last_time,
        count(*) as calls,
        sum(case when c.event_name = 'GetSnapshotBlock' then 1 else 0 end) as blocks
    from calls as c
    group by c.account_id, c.actor, c.target, c.in_hour
)

select
    h.first_call.event_time, h.account_id, h.first_call.region, h.actor, h.first_call.source_ip_address,
    h.first_call.event_name, h.target,
    concat(h.calls, ' calls, blocks read: ', h.blocks, ', until ', h.last_time) as detail,
    h.first_call.event_id
from hours as h
order by h.first_call.event_time desc, h.first_call.event_id
