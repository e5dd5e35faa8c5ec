-- title: EC2 instance credentials used from a second IP address
-- kind: detection
-- severity: high
-- tags: mitre:T1552.005, mitre:T1078.004, tactic:credential_access, cloudtrail
-- param: own_addresses text[] = ''  # Public IP addresses of your own gateways
--
-- Detects credentials of an instance role that are used from a second public IP address. An instance calls AWS from one
-- public address: its own, or its NAT gateway's. A second address while the first is in use, or with the same temporary
-- access key, indicates that the credentials were taken from the instance metadata service. Revoke the sessions of the
-- role, find the vulnerability (often server-side request forgery in a web server), and review the calls from the
-- second address.
-- False positives: NAT gateways with several addresses, and addresses that were replaced on a running instance. List
-- such addresses in `$own_addresses`. The first address of an instance in the run is its baseline. Private addresses
-- and VPC endpoints are excluded, and a new address after a stop and start is not detected.

with addresses as (
    select
        e.account_id, e.username as instance, e.access_key_id, e.source_ip_address,
        case when e.source_ip_address like '%:%' then 6 else 4 end as family,
        min(e.event_time) as first_time, max(e.event_time) as last_time, count(*) as calls
    from aws_cloudtrail_event as e
    where
        e.user_type = 'AssumedRole'
        and e.username like 'i-%'
        and regexp_matches(e.username, '^i-[0-9a-f]{8,17}$')
        and e.invoked_by is null
        and e.vpc_endpoint_id is null
        and regexp_matches(e.source_ip_address, '^[0-9.]+$|:')
        and not regexp_matches(
            e.source_ip_address,
            '^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cd]'
        )
        and not coalesce(iam_is_service_linked_role(e.issuer_arn), false)
    group by e.account_id, e.username, e.access_key_id, e.source_ip_address
),

instance_addresses as (
    select
        a.account_id, a.instance, a.family, a.source_ip_address,
        min(a.first_time) as first_time, max(a.last_time) as last_time, sum(a.calls) as calls
    from addresses as a
    group by a.account_id, a.instance, a.family, a.source_ip_address
),

ranked as (
    select
        p.*,
        row_number() over (
            partition by p.account_id, p.instance, p.family
            order by p.first_time, p.calls desc, p.source_ip_address
        ) as nth
    from instance_addresses as p
),

shared_keys as (
    select distinct h.account_id, h.instance, o.source_ip_address
    from ranked as h
    inner join addresses as a on a.account_id = h.account_id and a.instance = h.instance and a.source_ip_address = h.source_ip_address
    inner join addresses as o
        on
            o.account_id = a.account_id
            and o.instance = a.instance
            and o.access_key_id = a.access_key_id
            and o.family = a.family
            and o.source_ip_address <> a.source_ip_address
    where h.nth = 1
),

second_addresses as (
    select p.account_id, p.instance, p.source_ip_address, p.first_time, p.calls, h.source_ip_address as usual_ip
    from ranked as p
    inner join ranked as h
        on h.account_id = p.account_id and h.instance = p.instance and h.family = p.family and h.nth = 1
    left join shared_keys as k
        on k.account_id = p.account_id and k.instance = p.instance and k.source_ip_address = p.source_ip_address
    where
        p.nth > 1
        and p.source_ip_address not in (select unnest(cast($own_addresses as varchar[])))
        and (h.last_time > p.first_time or k.source_ip_address is not null)
)

select
    e.event_time, e.account_id, e.region,
    coalesce(e.actor_arn, e.username, e.invoked_by, e.user_type) as actor,
    e.source_ip_address, e.event_name, e.username as target,
    concat(
        s.calls, ' calls from ', e.source_ip_address, ' with credentials of ', e.username, ', whose usual address is ',
        s.usual_ip
    ) as detail,
    e.event_id, s.usual_ip, s.calls, e.issuer_arn as role_arn, e.access_key_id, e.user_agent
from aws_cloudtrail_event as e
inner join second_addresses as s
    on
        s.account_id = e.account_id
        and s.instance = e.username
        and s.source_ip_address = e.source_ip_address
        and s.first_time = e.event_time
where e.user_type = 'AssumedRole' and e.username like 'i-%'
qualify row_number() over (partition by e.account_id, e.username, e.source_ip_address order by e.event_id) = 1
order by e.event_time desc, e.event_id
