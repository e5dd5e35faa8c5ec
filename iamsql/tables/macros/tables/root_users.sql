-- Returns, for each account, whether the events that IAM and root users cause were read:
--   is_read: 1 if a trail or one of the look-ups was read in the Region that records the events
--   failure: why a trail or look-up was not read
--   window_start: the start of the events
-- returns: account_id VARCHAR, is_read INTEGER, failure VARCHAR, window_start TIMESTAMP WITH TIME ZONE
create or replace macro root_events_read(look_ups) as table
select
    v.account_id,
    max(case when v.is_ok and v.is_events_region then 1 else 0 end) as is_read,
    max(case when not v.is_ok and v.is_events_region then v.code end) as failure,
    min(case when v.is_ok and v.is_events_region then v.window_start end) as window_start
from (
    select
        c.account_id, c.window_start,
        c.status = 'ok' and coalesce(c.error_code, '') <> 'no_objects' as is_ok,
        c.region = iam_events_region(r."partition")
        and (c.source = 'trail' or list_contains(look_ups, c.look_up)) as is_events_region,
        coalesce(c.error_code, c.status) as code
    from aws_cloudtrail_coverage as c
    cross join iamsql.run as r
    where c.source in ('event_history', 'trail')
) as v
group by v.account_id
union all
select
    c.account_id,
    min(case when c.status = 'ok' then 1 else 0 end) as is_read,
    max(case when c.status <> 'ok' then coalesce(c.error_code, c.status) end) as failure,
    null as window_start
from iamsql.coverage as c
where
    c.service = 'cloudtrail'
    and c.operation = 'LookupEvents'
    and not exists (
        select 1
        from aws_cloudtrail_coverage as v
        where v.account_id = c.account_id and v.source in ('event_history', 'trail')
    )
group by c.account_id;

-- Returns whether the organization manages root access centrally: 1, 0, or NULL if the features were not read.
-- returns: is_central INTEGER
create or replace macro central_root_management() as table
select max(f.is_central) as is_central
from (
    select case when cast(o.enabled_features as varchar) like '%"RootCredentialsManagement"%' then 1 else 0 end as is_central
    from aws_iam_organizations_features as o
    union all
    select 0 as is_central
    from iamsql.coverage as c
    where c.service = 'iam' and c.operation = 'ListOrganizationsFeatures' and c.status = 'ok'
) as f;

-- Returns the accounts whose root user has a virtual MFA device.
-- returns: account_id VARCHAR
create or replace macro root_virtual_devices() as table
select distinct v.account_id
from aws_iam_virtual_mfa_device as v
where v."user" ->> '$.Arn' like '%:root' or v.serial_number like '%:mfa/root-account-mfa-device';
