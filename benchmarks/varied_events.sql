-- CloudTrail records in their delivered form, in the order of log files: accounts, regions, hours. varied_events.py creates the temp
-- table `scale` and the table `catalog` of varied_events.csv. Every value is a hash of the number of its event, so that a scale
-- always gives the same records, whichever thread makes them.

-- hash(i, salt) would correlate the values of one i.
create temp macro draw(i, salt) as cast(hash(cast(i as bigint) * 64 + salt) >> 11 as double) / 9007199254740992;

create temp macro draw_below(i, salt, n) as cast(floor(draw(i, salt) * n) as integer);

create temp macro pick(list, i, salt) as list[1 + draw_below(i, salt, len(list))];

create temp macro hex(i, salt) as md5(concat(i, salt));

create temp macro uuid(h) as concat_ws('-', h[1:8], h[9:12], '4' || h[14:16], 'a' || h[18:20], h[21:32]);

create temp macro iso(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%SZ');

-- Each name of a row of the catalog is used half as often as the first, a third, and so on.
create temp table names as
with each_name as (
  select c.*, unnest(string_split(c.names, ' ')) as name, generate_subscripts(string_split(c.names, ' '), 1) as place from catalog c),

counted as (
  select e.*, greatest(1, cast(e.weight / e.place / sum(1 / e.place) over (partition by e.line) as integer)) as slots from each_name e)

select c.*, row_number() over (order by c.line, c.place) as id,
  regexp_matches(c.name, '^(Describe|Get|List|Lookup|Head|Batch(Get|Check)|Assume|Decrypt|Encrypt|Generate|Select|Simulate|Filter|Search)')
    as read_only,
  c.source in ('iam', 'organizations', 'signin', 'cloudfront', 'route53', 'health', 'support', 'ce') as is_global
from counted c;

create temp table name_slots as
select row_number() over () - 1 as slot, s.id from (select n.id, unnest(range(n.slots)) from names n) s;

-- The first accounts have most events.
create temp table account_slots as
select row_number() over () - 1 as slot, s.n
from (select a.n, unnest(range(cast(20000 / pow(a.n + 1, 0.7) as integer))) from (select unnest(range(s.accounts)) as n from scale s) a) s;

-- People work on weekdays, and more by day than by night.
create temp table hour_slots as
select row_number() over () - 1 as slot, s.hour
from (
  select h.hour, unnest(range(cast(
    case when dayofweek(s.first + to_hours(h.hour)) in (0, 6) then 0.25 else 1 end
    * (1 + 9 * greatest(0, sin((hour(s.first + to_hours(h.hour)) - 5) * pi() / 14))) * 4 as integer)))
  from scale s, (select unnest(range(cast(s.days * 24 as integer))) as hour from scale s) h) s;

create temp table slots as
select (select count(*) from name_slots) as names, (select count(*) from account_slots) as accounts, (select count(*) from hour_slots) as hours;

-- Most events come in bursts: a session makes some thirty calls in half an hour.
create temp table events as
select e.i, b.burst, draw_below(e.i, 1, s.names) as name_slot, draw_below(b.burst, 3, s.accounts) as account_slot,
  draw_below(b.burst, 8, s.hours) as hour_slot
from slots s, (select unnest(range(s.events)) as i from scale s) e, lateral (select case when draw(e.i, 9) < 0.85 then e.i // 30 else -e.i end as burst) b;

create temp table picked as
select e.i, e.burst, n.id, a.n as account, pick(string_split(n.actors, ''), e.i, 2) as actor,
  case when n.is_global then 'us-east-1'
    when draw(e.burst, 4) < 0.5 then s.regions[1 + a.n % 5]
    else s.regions[1 + cast(floor(pow(draw(e.burst, 14), 2) * len(s.regions)) as integer)] end as region,
  s.first + to_seconds(cast(
    least(case when draw(e.burst, 7) < 0.6 then (h.hour + draw(e.burst, 5)) * 3600 else draw(e.burst, 6) * s.days * 86400 end
      + draw(e.i, 10) * 1800, s.days * 86400 - 1) as integer)) as moment
from events e
join name_slots t on t.slot = e.name_slot
join names n on n.id = t.id
join account_slots a on a.slot = e.account_slot
join hour_slots h on h.slot = e.hour_slot
cross join scale s;

create temp table ordered as
select p.* from picked p order by p.account, p.region, date_trunc('hour', p.moment), p.i;

drop table picked; drop table events;

create or replace temp view drawn as
select o.i, o.burst, o.actor, o.region, o.moment, n.source, n.name, n.read_only, n.request, n.response, n.resource, o.account as n,
  cast(100000000000 + o.account as varchar) as acc,
  case when draw(o.i, 16) < 0.9 then cast(100000000000 + (o.account * 7 + draw_below(o.i, 17, 9)) % s.accounts as varchar)
    else concat('9', lpad(cast(draw_below(o.account, 18, 3) as varchar), 11, '4')) end as acc2,
  hex(o.i, 'a') as h1, hex(o.i, 'b') as h2, hex(o.i, 'c') as h3,
  -- Things of the account: the first of each kind are used most.
  hex(concat(o.account, cast(floor(pow(draw(o.i, 20), 2) * 60) as integer)), 'thing') as thing,
  pick(['orders', 'billing', 'payments', 'catalog', 'search', 'ingest', 'reports', 'auth', 'media', 'events'], o.account, 21) || '-'
    || pick(['api', 'worker', 'db', 'queue', 'cache', 'job', 'lake', 'web', 'stream', 'batch'], cast(floor(pow(draw(o.i, 20), 2) * 60) as integer), 22)
    || '-' || cast(floor(pow(draw(o.i, 20), 2) * 60) as integer) as thing_name,
  cast(floor(pow(draw(o.burst, 23), 2.5) * s.roles) as integer) as role,
  cast(floor(pow(draw(o.burst, 24), 2) * s.users) as integer) as person,
  draw_below(o.burst, 25, 6) as session,
  cast(floor(epoch(o.moment) / 21600) as bigint) as shift,
  case when n.errors <> '' and draw(o.i, 26) < 0.04 then pick(string_split(n.errors, case when n.name = 'ConsoleLogin' then ';' else ' ' end), o.i, 27) end as error
from ordered o join names n on n.id = o.id, scale s;

create or replace temp view callers as
select d.*, concat('role-', lpad(cast(d.role as varchar), 4, '0')) as role_name, concat('user-', lpad(cast(d.person as varchar), 5, '0')) as user_name,
  case d.actor
    when 'H' then concat('person', (d.n * 13 + d.person) % 900, '@example.com')
    when 'C' then 'GitHubActions'
    else case when d.role % 2 = 0 then 'i-' || hex(concat(d.n, d.role, d.session), 'i')[1:17] else d.thing_name end end as session_name,
  upper(hex(concat(d.n, d.actor, d.role, d.session, d.person, d.shift), 'k')[1:16]) as session_key,
  upper(hex(concat(d.n, d.role), 'r')[1:17]) as role_id,
  pick(['ec2', 'lambda', 'ecs-tasks', 'autoscaling', 'config', 'cloudformation', 'ssm', 'athena', 'glue', 'backup'], d.i, 28) || '.amazonaws.com' as service,
  iso(make_timestamp(d.shift * 21600000000)) as session_start
from drawn d;

create or replace temp view identified as
select c.*,
  case c.actor
    when 'S' then concat('{"type":"AWSService","invokedBy":"', c.service, '"}')
    when 'R' then concat('{"type":"Root","principalId":"', c.acc, '","arn":"arn:aws:iam::', c.acc, ':root","accountId":"', c.acc, '"}')
    when 'U' then concat('{"type":"IAMUser","principalId":"AIDA', c.acc, lpad(cast(c.person as varchar), 5, '0'), '","arn":"arn:aws:iam::', c.acc,
      ':user/', c.user_name, '","accountId":"', c.acc, '","accessKeyId":"AKIA', right(c.acc, 6), lpad(cast(c.person as varchar), 5, '0'), '1","userName":"',
      c.user_name, '"}')
    when 'V' then concat('{"type":"Unknown","principalId":"', c.acc, '","arn":"","accountId":"', c.acc, '","accessKeyId":"","onBehalfOf":{"userId":"',
      uuid(hex(c.person, 'v')), '","identityStoreArn":"arn:aws:identitystore::', c.acc, ':identitystore/d-9067000000"}}')
    when 'W' then concat('{"type":"WebIdentityUser","principalId":"arn:aws:iam::', c.acc,
      ':oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:made-up/', c.thing_name, ':ref:refs/heads/main","userName":"repo:made-up/',
      c.thing_name, ':ref:refs/heads/main","identityProvider":"arn:aws:iam::', c.acc, ':oidc-provider/token.actions.githubusercontent.com"}')
    else concat('{"type":"AssumedRole","principalId":"AROA', c.role_id, ':', c.session_name, '","arn":"arn:aws:sts::', c.acc, ':assumed-role/', r.name, '/',
      c.session_name, '","accountId":"', c.acc, '","accessKeyId":"ASIA', c.session_key, '","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA',
      c.role_id, '","arn":"arn:aws:iam::', c.acc, ':role/', r.path, r.name, '","accountId":"', c.acc, '","userName":"', r.name,
      '"},"webIdFederationData":{},"attributes":{"creationDate":"', c.session_start, '","mfaAuthenticated":"', c.actor = 'H', '"}',
      case when c.actor = 'A' and c.role % 2 = 0 then ',"ec2RoleDelivery":"2.0"' end, '}',
      case when c.actor = 'I' then concat(',"invokedBy":"', c.service, '"') end, '}')
  end as identity,
  case
    when c.actor in ('S', 'I') then c.service
    when c.actor in ('H', 'R', 'V') and draw(c.burst, 30) < 0.6 then concat('198.19.0.', 1 + c.person % 8)
    when c.actor in ('H', 'R', 'V') and draw(c.burst, 30) < 0.99 then concat('198.19.', 1 + (c.n * 13 + c.person) % 200, '.', 1 + c.person)
    when c.actor = 'U' and draw(c.burst, 30) < 0.999 then concat('198.18.', c.person, '.', 1 + c.n % 250)
    when c.actor = 'A' and draw(c.burst, 30) < 0.35 then concat('10.', c.n % 200, '.', c.role, '.', 10 + c.session)
    when c.actor in ('C', 'W') then concat('198.18.', 100 + draw_below(c.burst, 31, 100), '.', draw_below(c.burst, 32, 250))
    when c.actor = 'A' then concat('198.18.', 60 + c.n % 190, '.', 1 + len(c.region) % 5)
    else concat('198.19.', draw_below(c.burst, 31, 250), '.', draw_below(c.burst, 32, 250)) end as address,
  case
    when c.actor in ('S', 'I') then c.service
    when c.actor in ('H', 'R', 'V') then replace(pick([
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/<v>.0.0.0 Safari/537.36',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/<v> Safari/605.1.15',
      'Mozilla/5.0 (X11; Linux x86_64; rv:<v>.0) Gecko/20100101 Firefox/<v>.0', 'AWS Internal',
      'aws-cli/2.17.<v> md/awscrt#0.20.11 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/prompt#off'],
      c.person, 33), '<v>', cast(125 + (c.person + c.shift // 100) % 9 as varchar))
    when c.actor = 'C' then concat('APN/1.0 HashiCorp/1.0 Terraform/1.9.', c.n % 9,
      ' (+https://www.terraform.io) terraform-provider-aws/5.', 60 + c.n % 20, '.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.',
      c.n % 5, ' os/linux lang/go#1.22.6 md/GOOS#linux md/GOARCH#amd64 api/', c.source, '#1.', 30 + c.n % 5, '.2')
    else replace(replace(pick([
      'Boto3/1.34.<v> md/Botocore#1.34.<v> ua/2.0 os/linux#6.1.<w>-amzn-2023.x86_64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.<v>',
      'aws-sdk-go-v2/1.30.<v> os/linux lang/go#1.22.<w> md/GOOS#linux md/GOARCH#amd64 api/<s>#1.<v>.0 m/E',
      'aws-sdk-java/2.25.<v> Linux/5.10.<w>-amazon-linux OpenJDK_64-Bit_Server_VM/17.0.12+7-LTS Java/17.0.12 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/legacy',
      'aws-sdk-js/3.6<v>.0 ua/2.1 os/linux#5.10.<w> lang/js md/nodejs#20.17.0 api/<s>#3.6<v>.0 exec-env/AWS_Lambda_nodejs20.x m/E',
      'aws-sdk-go/1.44.<v> (go1.20.<w>; linux; amd64) amazon-ssm-agent/3.3.<v>.0', 'aws-cli/1.33.<v> md/Botocore#1.34.<v> ua/2.0 os/linux#5.15.<w> lang/python#3.9.16'],
      c.role + c.n, 34), '<v>', cast((c.role * 7 + c.n // 9) % 70 as varchar)), '<w>', cast(c.n % 12 as varchar)).replace('<s>', c.source)
  end as agent
from callers c,
  lateral (select case c.actor when 'H' then concat('AWSReservedSSO_', ['ReadOnly', 'PowerUser', 'AdministratorAccess', 'Billing'][1 + c.person % 4], '_', hex(c.n, 's')[1:16])
      else c.role_name end as name,
    case c.actor when 'H' then 'aws-reserved/sso.amazonaws.com/eu-west-1/' else case when c.role % 12 in (0, 1) then 'app/' else '' end end as path) r;

-- 220 random characters: session tokens have some hundred.
create temp macro token(h) as array_to_string(list_transform(range(10), lambda k: rtrim(to_base64(unhex(md5(concat(h, k)))), '=')), '/');

create temp macro fill(template, d) as
  replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(template,
    '<acc>', d.acc), '<reg>', d.region), '<name>', d.thing_name), '<role>', d.role_name), '<user>', d.user_name), '<acc2>', d.acc2),
    '<sess>', d.session_name), '<uuid>', uuid(d.h3)), '<kuuid>', uuid(d.thing)), '<i17>', d.h2[1:17]), '<j17>', d.h2[16:32]), '<v17>', d.thing[1:17]),
    '<h32>', d.h3), '<g32>', d.h2), '<h16>', d.thing[1:16]), '<h8>', d.h2[1:8]), '<h11>', d.thing[3:13].translate('abcdef', '123456')), '<rid>', d.role_id),
    '<key>', upper(d.h2[4:19])), '<n>', cast(1 + d.role as varchar)), '<svc>', 'lambda'), '<day>', strftime(d.moment, '%Y/%m/%d')), '<iso>', iso(d.moment)),
    '<exp>', strftime(d.moment + interval 1 hour, '%b %-d, %Y, %-I:%M:%S %p')),
    '<tok>', case when contains(template, '<tok>') then 'IQoJb3JpZ2luX2VjE' || token(d.h1) else '' end);

create or replace temp view records as
select d.acc as account_id, d.region, d.moment, concat(
  '{"eventVersion":"1.11","userIdentity":', d.identity,
  ',"eventTime":"', iso(d.moment), '","eventSource":"', d.source, '.amazonaws.com","eventName":"', d.name, '","awsRegion":"', d.region,
  '","sourceIPAddress":"', d.address, '","userAgent":"', d.agent, '"',
  case when d.error is not null and d.name = 'ConsoleLogin' then ',"errorMessage":"Failed authentication"'
    when d.error is not null then concat(',"errorCode":"', d.error, '","errorMessage":"', d.session_name, ' is not authorized to perform: ', d.source, ':', d.name,
      ' on resource: ', d.thing_name, ' because no identity-based policy allows the action"') end,
  ',"requestParameters":', fill(d.request, d),
  ',"responseElements":', case when d.name = 'ConsoleLogin' and d.error is not null then '{"ConsoleLogin":"Failure"}'
    when d.error is not null or (d.read_only and d.source <> 'sts') then 'null' else fill(d.response, d) end,
  case d.source
    when 's3' then concat(',"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":', draw_below(d.i, 40, 9000),
      ',"AuthenticationMethod":"AuthHeader","x-amz-id-2":"', to_base64(encode(d.h1 || d.h3[1:25])), '","bytesTransferredOut":', draw_below(d.i, 41, 90000), '}')
    when 'signin' then concat(',"additionalEventData":{"LoginTo":"https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true","MobileVersion":"No","MFAUsed":"',
      case when d.actor = 'R' or d.person % 7 > 0 then 'Yes' else 'No' end, '"}')
    when 'sso' then concat(',"additionalEventData":{"AuthWorkflowID":"', uuid(d.h2), '","UserName":"person', d.person, '","CredentialType":"PASSWORD"},"serviceEventDetails":{"',
      d.name, '":"', case when d.h3[1] = '0' then 'Failure' else 'Success' end, '"}') end,
  ',"requestID":"', uuid(d.h2), '","eventID":"', uuid(d.h1), '","readOnly":', d.read_only,
  case when d.resource <> '' then concat(',"resources":[{"accountId":"', d.acc, '","type":"', split_part(d.resource, '|', 1), '","ARN":"',
    fill(split_part(d.resource, '|', 2), d), '"}]') end,
  case when d.source = 'signin' then ',"eventType":"AwsConsoleSignIn"' else ',"eventType":"AwsApiCall"' end,
  ',"managementEvent":', not (d.source = 's3' and d.name in ('GetObject', 'PutObject', 'HeadObject', 'DeleteObject')),
  ',"recipientAccountId":"', d.acc, '"',
  case when d.source = 'sts' and d.acc2 <> d.acc then concat(',"sharedEventID":"', uuid(d.h3), '"') end,
  case when d.actor = 'A' and d.address like '10.%' then concat(',"vpcEndpointId":"vpce-', d.thing[1:17], '","vpcEndpointAccountId":"', d.acc, '"') end,
  ',"eventCategory":"', case when d.source = 's3' and d.name in ('GetObject', 'PutObject', 'HeadObject', 'DeleteObject') then 'Data' else 'Management' end, '"',
  case when d.actor not in ('S', 'I') then concat(',"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"', d.source, '.',
    d.region, '.amazonaws.com"}') end,
  case when d.actor = 'H' then ',"sessionCredentialFromConsole":"true"' end, '}') as event
from identified d;
