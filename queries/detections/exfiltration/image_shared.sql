-- title: A machine image was shared with a foreign account or everybody
-- kind: detection
-- severity: high
-- version: 1
-- tags: mitre:T1537, mitre:T1578.001, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''   # Foreign accounts that may, by id
--
-- A machine image carries whole disks, with the keys, code and data on them. Take the share back, find out what the
-- image was made from and when, and hold its secrets for stolen. A share with an organization shows by the
-- organization's ARN, unless it is the run's own.
-- False positives: product images that are published on purpose, from an account made for that; partners (`$trusted`).

with shares as (
    select
        e.event_time,
        e.account_id,
        e.region,
        coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
        e.source_ip_address as source_ip,
        e.event_name,
        e.request_parameters ->> '$.imageId' as target,
        list_concat(
            list_concat(
                json_extract_string(e.request_parameters, '$.launchPermission.add.items[*].userId'),
                list_concat(
                    json_extract_string(e.request_parameters, '$.launchPermission.add.items[*].group'),
                    json_extract_string(e.request_parameters, '$.launchPermission.add.items[*].groups')
                )
            ),
            list_concat(
                json_extract_string(e.request_parameters, '$.launchPermission.add.items[*].organizationArn'),
                json_extract_string(e.request_parameters, '$.launchPermission.add.items[*].organizationalUnitArn')
            )
        ) as receivers,
        e.invoked_by,
        e.event_id
    from aws_cloudtrail_event as e
    where
        e.event_source = 'ec2.amazonaws.com'
        and e.event_name = 'ModifyImageAttribute'
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
        and not exists (
            select 1
            from iamsql.run as n
            where r.receiver like 'arn:%' and split_part(r.receiver, '/', 2) = n.organization_id
        )
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
