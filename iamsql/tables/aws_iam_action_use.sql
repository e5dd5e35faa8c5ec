with groups as (
  -- Without the names of the sessions, the groups of five million events are few.
  select e.account_id, e.issuer_arn, case when e.issuer_arn is null then e.actor_arn end as actor_arn, e.user_type,
    e.event_source, e.event_name, e.region, e.data_source, e.error_code is null as succeeded,
    iam_is_denied(e.error_code) as is_denied, count(*) as calls, min(e.event_time) as first_time, max(e.event_time) as last_time
  from aws_cloudtrail_event e group by all),
uses as (
  select g.account_id, iam_event_principal(g.issuer_arn, g.actor_arn) as principal_arn,
    case when split_part(g.issuer_arn, ':', 6) like 'role/%' or g.actor_arn like 'arn:%:sts::%:assumed-role/%' then 'role'
      when coalesce(g.issuer_arn, g.actor_arn) like 'arn:%:iam::%:user/%' then 'user'
      when coalesce(g.issuer_arn, g.actor_arn) like 'arn:%:iam::%:root' then 'root'
      else g.user_type end as principal_type,
    g.event_source, g.event_name,
    sum(g.calls) filter (where g.succeeded) as uses, sum(g.calls) filter (where g.is_denied) as denied_calls,
    sum(g.calls) filter (where not g.succeeded and not g.is_denied) as failed,
    min(g.first_time) filter (where not g.is_denied) as first_used, max(g.last_time) filter (where not g.is_denied) as last_used,
    list_sort(list_distinct(list(g.region))) as regions,
    string_agg(distinct g.data_source, ', ' order by g.data_source) as sources
  from groups g group by all),
names as (select distinct u.event_source, u.event_name, iam_operation(u.event_name) as operation from uses u),
exceptions as (
  select n.event_source, n.event_name, x.actions,
    row_number() over (partition by n.event_source, n.event_name order by ends_with(x.event_name, '*')) as place
  from names n join iam_event_actions() x on x.event_source = n.event_source
  where n.operation = x.event_name or n.operation like iam_like(x.event_name) escape '\'),
source_prefixes as (
  -- The service prefixes that an event source stands for.
  select s.event_source, unnest(coalesce(
    [split_part(pattern_, ':', 1) for pattern_ in x.actions], m.services, [split_part(s.event_source, '.', 1)])) as prefix
  from (select distinct n.event_source from names n) s
  left join iam_event_actions() x on x.event_source = s.event_source and x.event_name is null
  left join iam_event_sources() m on m.event_source = s.event_source),
known as (
  select x.event_source, x.event_name, unnest([lower(action_) for action_ in x.actions]) as action, 'exception' as mapping
  from exceptions x where x.place = 1
  union all
  select distinct n.event_source, n.event_name, k.action, 'name'
  from names n join source_prefixes s on s.event_source = n.event_source
  join aws_iam_action k on k.action = lower(concat(s.prefix, ':', n.operation))
  where not exists (select 1 from exceptions x where x.event_source = n.event_source and x.event_name = n.event_name)
  union all
  select n.event_source, n.event_name, null, 'none'
  from names n join iam_events_without_permission() f on f.event_source = n.event_source and f.event_name = n.operation),
services as (
  select s.event_source, s.prefix
  from source_prefixes s where s.prefix in (select k.prefix from aws_iam_action k)),
kinds as (
  select k.event_source, k.event_name, k.action, split_part(k.action, ':', 1) as service, k.mapping from known k
  union all
  select n.event_source, n.event_name, null, s.prefix, null
  from names n left join services s on s.event_source = n.event_source
  where not exists (select 1 from known k where k.event_source = n.event_source and k.event_name = n.event_name))
select u.account_id, u.principal_arn, u.principal_type, k.action, k.service, u.event_source,
  u.event_name, k.mapping, coalesce(u.uses, 0) as uses, coalesce(u.denied_calls, 0) as denied_calls,
  coalesce(u.failed, 0) as failed,
  u.first_used, u.last_used, u.regions, u.sources
from uses u left join kinds k on k.event_source = u.event_source and k.event_name = u.event_name
