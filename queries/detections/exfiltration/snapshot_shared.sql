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
        e.event_time,
        e.account_id,
        e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name,
        e.request_parameters ->> '$.snapshotId' as target,
        list_concat(
            json_extract_string(e.request_parameters, '$.createVolumePermission.add.items[*].userId'),
            list_concat(
                json_extract_string(e.request_parameters, '$.createVolumePermission.add.items[*].group'),
                json_extract_string(e.request_parameters, '$.createVolumePermission.add.items[*].groups')
            )
        ) as receivers,
        e.invoked_by,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'ec2.amazonaws.com'
        and e.event_name = 'ModifySnapshotAttribute'
        and e.error_code is null
        and e.user_type is distinct from 'AWSService'
        and coalesce(e.issuer_arn, '') not like '%:role/aws-service-role/%'
),

each_receiver as (
    select
        s.account_id,
        s.event_id,
        unnest(s.receivers) as receiver
    from shares as s
),

outside as (
    select
        r.account_id,
        r.event_id,
        string_agg(distinct r.receiver, ', ' order by r.receiver) as receivers,
        max(case when r.receiver in ('all', '*') then 1 else 0 end) as is_public
    from each_receiver as r
    left join iamsql.accounts as a on a.account_id = r.receiver
    where
        a.account_id is null
        and r.receiver <> r.account_id
        and not list_contains($trusted, r.receiver)
    group by r.account_id, r.event_id
)

select
    s.event_time as event_time,
    s.account_id as account_id,
    s.region as region,
    s.actor as actor,
    s.source_ip as source_ip,
    s.event_name as event_name,
    s.target as target,
    concat(
        'shared with ',
        o.receivers,
        case when o.is_public = 1 then ', which is everybody' end,
        case when s.invoked_by is not null then concat(', through ', s.invoked_by) end
    ) as detail,
    s.event_id as event_id
from shares as s
inner join outside as o on o.account_id = s.account_id and o.event_id = s.event_id
order by s.event_time desc, s.event_id
