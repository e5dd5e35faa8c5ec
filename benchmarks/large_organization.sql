-- The raw items of a large synthetic organization, in the shape of the AWS API. large_organization.py creates the temp tables
-- `size` and `now`. All values depend on the numbers of accounts, users and so on, so that a size always gives the same file.

create temp table accounts as
select n, cast(100000000000 + n as varchar) as account_id, concat('account-', lpad(cast(n as varchar), 5, '0')) as name,
  concat('arn:aws:iam::', 100000000000 + n, ':') as iam, n % 10 <> 9 or n = 0 as is_read, n % s.units as unit
from size s, (select unnest(range(s.accounts)) as n from size s);

create temp macro ago(days, moment) as strftime(moment - to_days(cast(days as integer)), '%Y-%m-%dT%H:%M:%SZ');

create temp macro policy_document(statements) as {'Version': '2012-10-17', 'Statement': statements};

create temp macro attached(arn) as {'PolicyArn': arn, 'PolicyName': regexp_extract(arn, '[^/]+$')};

create temp macro unit_id(u) as concat('ou-made-', lpad(cast(u as varchar), 8, '0'));

create temp macro policy_id(p) as concat('p-', lpad(cast(p as varchar), 10, '0'));

create temp macro aws_policy(name) as concat('arn:aws:iam::aws:policy/', name);

-- The customer managed policies of an account: ten documents, with the same names in each account.
create temp table policies as
select a.n, a.account_id, a.iam, p, ['boundary', 'deployer', 'bucket-writer', 'all-but-iam', 'guarded', 'one-region', 'decrypter',
    'role-hopper', 'policy-editor', 'wide'][p % 10 + 1] || case when p >= 10 then concat('-', p // 10) else '' end as name,
  case p % 10
    when 0 then policy_document([to_json({'Effect': 'Allow', 'Action': ['s3:*', 'ec2:*', 'sts:*', 'logs:*'], 'Resource': '*'})])
    when 1 then policy_document([
      to_json({'Effect': 'Allow', 'Action': ['lambda:*', 'logs:*'], 'Resource': '*'}),
      to_json({'Effect': 'Allow', 'Action': 'iam:PassRole', 'Resource': a.iam || 'role/app/*'})])
    when 2 then policy_document([to_json({'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:PutObject*'],
      'Resource': concat('arn:aws:s3:::data-', a.account_id, '/*')})])
    when 3 then policy_document([to_json({'Effect': 'Allow', 'NotAction': ['iam:*', 'organizations:*'], 'Resource': '*'})])
    when 4 then policy_document([
      to_json({'Effect': 'Allow', 'Action': '*', 'Resource': '*'}),
      to_json({'Effect': 'Deny', 'Action': ['iam:*', 'kms:*'], 'NotResource': a.iam || 'user/${aws:username}'})])
    when 5 then policy_document([to_json({'Effect': 'Allow', 'Action': ['ec2:*', 'rds:Describe*'], 'Resource': '*',
      'Condition': {'StringEquals': {'aws:RequestedRegion': ['eu-west-1', 'eu-central-1']}}})])
    when 6 then policy_document([to_json({'Effect': 'Allow', 'Action': ['kms:Decrypt', 'kms:Describe*'], 'Resource': '*'})])
    when 7 then policy_document([to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': a.iam || 'role/*',
      'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}})])
    when 8 then policy_document([to_json({'Effect': 'Allow', 'Action': ['iam:CreatePolicyVersion', 'iam:Get*', 'iam:List*'],
      'Resource': a.iam || 'policy/*'})])
    else policy_document([to_json({'Effect': 'Allow', 'Action': case when a.n % 20 = 0 then '*' else 's3:*' end, 'Resource': '*'})])
  end as content
from accounts a, (select unnest(range(s.policies)) as p from size s)
where a.is_read;

insert into raw."{POLICY_DETAILS}"
select account_id, 'us-east-1', '{}', to_json({'PolicyName': name, 'PolicyId': concat('ANPA', account_id, lpad(cast(p as varchar), 4, '0')),
    'Arn': concat(iam, 'policy/', name), 'Path': '/', 'DefaultVersionId': 'v2', 'AttachmentCount': 3, 'IsAttachable': true,
    'PermissionsBoundaryUsageCount': case when p = 0 then 5 else 0 end, 'CreateDate': ago(900, moment), 'UpdateDate': ago(p * 30, moment),
    'PolicyVersionList': [{'Document': content, 'VersionId': 'v2', 'IsDefaultVersion': true, 'CreateDate': ago(p * 30, moment)},
      {'Document': policy_document([to_json({'Effect': 'Allow', 'Action': 's3:ListBucket', 'Resource': '*'})]), 'VersionId': 'v1',
        'IsDefaultVersion': false, 'CreateDate': ago(900, moment)}]}), moment
from policies, now order by n, p;

insert into raw."{POLICY_DETAILS}"
select a.account_id, 'us-east-1', '{}', to_json({'PolicyName': w.name, 'PolicyId': concat('ANPA', upper(w.name)), 'Arn': aws_policy(w.name),
    'Path': '/', 'DefaultVersionId': 'v1', 'AttachmentCount': 4, 'IsAttachable': true, 'PermissionsBoundaryUsageCount': 0,
    'CreateDate': ago(3000, moment), 'UpdateDate': ago(400, moment), 'PolicyVersionList': [{'Document': w.content, 'VersionId': 'v1',
      'IsDefaultVersion': true, 'CreateDate': ago(400, moment)}]}), moment
from accounts a, now, (values
  ('AdministratorAccess', policy_document([to_json({'Effect': 'Allow', 'Action': '*', 'Resource': '*'})])),
  ('PowerUserAccess', policy_document([
    to_json({'Effect': 'Allow', 'NotAction': ['iam:*', 'organizations:*', 'account:*'], 'Resource': '*'}),
    to_json({'Effect': 'Allow', 'Action': ['iam:CreateServiceLinkedRole', 'iam:ListRoles', 'account:ListRegions'], 'Resource': '*'})])),
  ('ReadOnlyAccess', policy_document([to_json({'Effect': 'Allow', 'Action': ['ec2:Describe*', 'iam:Get*', 'iam:List*', 's3:Get*', 's3:List*',
    'kms:Describe*', 'lambda:Get*', 'lambda:List*'], 'Resource': '*'})])),
  ('SecurityAudit', policy_document([to_json({'Effect': 'Allow', 'Action': ['iam:Get*', 'iam:List*', 'iam:GenerateCredentialReport',
    'config:Describe*', 's3:GetBucket*'], 'Resource': '*'})]))
  ) w(name, content)
where a.is_read order by a.n;

insert into raw."{GROUP_DETAILS}"
select a.account_id, 'us-east-1', '{}', to_json({'GroupName': case when g = 0 then 'admins' else concat('team-', g) end,
    'GroupId': concat('AGPA', a.account_id, lpad(cast(g as varchar), 4, '0')), 'Path': '/', 'CreateDate': ago(1000, moment),
    'Arn': concat(a.iam, 'group/', case when g = 0 then 'admins' else concat('team-', g) end),
    'AttachedManagedPolicies': [attached(case when g = 0 then aws_policy('AdministratorAccess') else concat(a.iam, 'policy/', p.name) end)],
    'GroupPolicyList': case when g % 3 = 1 then [{'PolicyName': 'own-bucket', 'PolicyDocument': policy_document([
      to_json({'Effect': 'Allow', 'Action': 's3:*', 'Resource': concat('arn:aws:s3:::team-', g, '-', a.account_id, '/*')})])}] else [] end}), moment
from accounts a, now, (select unnest(range(s.groups)) as g from size s)
left join policies p on p.account_id = a.account_id and p.p = g % 10
where a.is_read order by a.n, g;

create temp table users as
select a.n, a.account_id, a.iam, u, concat('user-', lpad(cast(u as varchar), 5, '0')) as name, 1 + (u * 37 + a.n) % 1200 as age,
  u % 4 = 0 as has_password, u % 4 = 0 and u % 16 <> 12 as has_mfa, case when u % 20 < 3 then 2 when u % 20 < 12 then 1 else 0 end as keys
from accounts a, (select unnest(range(s.users)) as u from size s)
where a.is_read;

insert into raw."{USER_DETAILS}"
select e.account_id, 'us-east-1', '{}', to_json({'UserName': e.name, 'UserId': concat('AIDA', e.account_id, lpad(cast(u as varchar), 5, '0')),
    'Arn': concat(e.iam, 'user/', e.name), 'Path': '/', 'CreateDate': ago(e.age, moment),
    'GroupList': case when u % 25 = 0 then ['admins'] when s.groups > 1 then [concat('team-', 1 + u % (s.groups - 1))] else [] end,
    'AttachedManagedPolicies': case
      when u % 50 = 7 then [attached(aws_policy('AdministratorAccess'))]
      when u % 10 = 3 then [attached(concat(e.iam, 'policy/', p.name))] else [] end,
    'UserPolicyList': case when s.dense = 1 and u % 2 = 0 then [{'PolicyName': 'assume', 'PolicyDocument': policy_document([
      to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': '*'})])}] when u % 3 = 1 then [{'PolicyName': 'own', 'PolicyDocument': policy_document([
      to_json({'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:PutObject'], 'Resource': concat('arn:aws:s3:::home-', e.account_id, '/', e.name, '/*')}),
      to_json({'Effect': 'Allow', 'Action': 'iam:*AccessKey*', 'Resource': concat(e.iam, 'user/${aws:username}')})])}] else [] end,
    'PermissionsBoundary': case when u % 20 = 11 then
      {'PermissionsBoundaryArn': concat(e.iam, 'policy/boundary'), 'PermissionsBoundaryType': 'Policy'} end,
    'Tags': [{'Key': 'team', 'Value': concat('team-', u % 40)}]}), moment
from users e, now, size s
left join policies p on p.account_id = e.account_id and p.p = u % 10
order by e.n, u;

create temp macro slot(number, keys, rotated, used) as case when keys >= number
  then {'active': 'true', 'rotated': rotated, 'used': used, 'region': 'eu-west-1', 'service': 's3'}
  else {'active': 'false', 'rotated': 'N/A', 'used': 'N/A', 'region': 'N/A', 'service': 'N/A'} end;

create temp macro report(name, arn, age, password, used, mfa, key_1, key_2, moment) as to_json({'user': name, 'arn': arn,
  'user_creation_time': age, 'password_enabled': password, 'password_last_used': used, 'password_last_changed': case when password = 'true'
    then age else 'N/A' end, 'password_next_rotation': 'N/A', 'mfa_active': mfa, 'access_key_1_active': key_1.active,
  'access_key_1_last_rotated': key_1.rotated, 'access_key_1_last_used_date': key_1.used, 'access_key_1_last_used_region': key_1.region,
  'access_key_1_last_used_service': key_1.service, 'access_key_2_active': key_2.active, 'access_key_2_last_rotated': key_2.rotated,
  'access_key_2_last_used_date': key_2.used, 'access_key_2_last_used_region': key_2.region, 'access_key_2_last_used_service': key_2.service,
  'cert_1_active': 'false', 'cert_1_last_rotated': 'N/A', 'cert_2_active': 'false', 'cert_2_last_rotated': 'N/A',
  'GeneratedTime': ago(0, moment)});

insert into raw."{REPORT}"
select a.account_id, 'us-east-1', '{}', report('<root_account>', concat(a.iam, 'root'), ago(2000, moment), 'true', ago(a.n % 400, moment),
  cast(a.n % 20 <> 1 as varchar), slot(1, case when a.n % 50 = 2 then 1 else 0 end, ago(1500, moment), ago(200, moment)),
  slot(2, 0, '', ''), moment), moment
from accounts a, now where a.is_read order by a.n;

insert into raw."{REPORT}"
select account_id, 'us-east-1', '{}', report(name, concat(iam, 'user/', name), ago(age, moment), cast(has_password as varchar),
  case when not has_password then 'N/A' when u % 12 = 0 then 'no_information' else ago(least(age, u * 3 % 200), moment) end,
  cast(has_mfa as varchar), slot(1, keys, ago(least(age, 1 + u * 7 % 400), moment), ago(least(age, u % 120), moment)),
  slot(2, keys, ago(least(age, 2 + u * 7 % 40), moment), 'N/A'), moment), moment
from users, now order by n, u;

insert into raw."{ACCESS_KEYS}"
select account_id, 'us-east-1', json_object('UserName', name), to_json({'UserName': name,
    'AccessKeyId': concat('AKIA', right(account_id, 6), lpad(cast(u as varchar), 5, '0'), k), 'Status': 'Active',
    'CreateDate': ago(least(age, case k when 1 then 1 + u * 7 % 400 else 2 + u * 7 % 40 end), moment)}), moment
from users, now, (values (1), (2)) each(k)
where keys >= k order by n, u, k;

insert into raw."{VIRTUAL_MFA}"
select account_id, 'us-east-1', '{}', to_json({'SerialNumber': concat(iam, 'mfa/', name), 'EnableDate': ago(age, moment),
    'User': {'Arn': concat(iam, 'user/', name), 'UserName': name, 'UserId': concat('AIDA', account_id, lpad(cast(u as varchar), 5, '0'))}}), moment
from users, now where has_mfa and u % 8 = 0 order by n, u;

insert into raw."{VIRTUAL_MFA}"
select account_id, 'us-east-1', '{}', to_json({'SerialNumber': concat(iam, 'mfa/root-account-mfa-device'), 'EnableDate': ago(1900, moment),
    'User': {'Arn': concat(iam, 'root'), 'UserId': account_id}}), moment
from accounts, now where is_read and n % 3 = 0 order by n;

create temp table trusts as
select a.n, a.account_id, a.iam, r, concat('role-', lpad(cast(r as varchar), 4, '0')) as name,
  case r % 12 when 7 then '/aws-service-role/support.amazonaws.com/' when 0 then '/app/' when 1 then '/app/' else '/' end as path,
  policy_document([case case when r < s.open_roles then 12 when s.dense = 1 then 13 else r % 12 end
    when 12 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': '*'})
    when 13 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS':
      concat('arn:aws:iam::', 100000000000 + (a.n + r) % s.accounts, ':root')}})
    when 0 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'Service': 'ec2.amazonaws.com'}})
    when 1 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'Service': 'lambda.amazonaws.com'}})
    when 2 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': 'arn:aws:iam::100000000000:root'}})
    when 3 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': a.iam || 'root'}})
    when 4 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': concat('arn:aws:iam::9', right(a.account_id, 4), '0000000:root')},
      'Condition': {'StringEquals': {'sts:ExternalId': concat('partner-', a.n)}}})
    when 5 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRoleWithWebIdentity',
      'Principal': {'Federated': a.iam || 'oidc-provider/token.actions.githubusercontent.com'}, 'Condition': {
        'StringEquals': {'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com'},
        'StringLike': {'token.actions.githubusercontent.com:sub': concat('repo:made-up/app-', a.n, ':*')}}})
    when 6 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRoleWithSAML', 'Principal': {'Federated': a.iam || 'saml-provider/company'},
      'Condition': {'StringEquals': {'SAML:aud': 'https://signin.aws.amazon.com/saml'}}})
    when 7 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'Service': 'support.amazonaws.com'}})
    when 8 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': [
      concat('arn:aws:iam::', 100000000000 + (a.n + r) % s.accounts, ':root'), concat('arn:aws:iam::', 100000000000 + (a.n + 1) % s.accounts, ':role/role-0003')]}})
    when 9 then to_json({'Effect': 'Allow', 'Action': ['sts:AssumeRole', 'sts:TagSession'], 'Principal': {'AWS': concat(a.iam, 'user/user-', lpad(cast(r as varchar), 5, '0'))},
      'Condition': {'Bool': {'aws:MultiFactorAuthPresent': 'true'}}})
    when 10 then to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'Service': 'ecs-tasks.amazonaws.com'},
      'Condition': {'StringEquals': {'aws:SourceAccount': a.account_id}}})
    else to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRoleWithWebIdentity',
      'Principal': {'Federated': concat(a.iam, 'oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/', a.account_id)}}) end]) as trust
from accounts a, size s, (select unnest(range(s.roles)) as r from size s)
where a.is_read;

insert into raw."{ROLE_DETAILS}"
select t.account_id, 'us-east-1', '{}', to_json({'RoleName': t.name, 'RoleId': concat('AROA', t.account_id, lpad(cast(r as varchar), 4, '0')),
    'Arn': concat(t.iam, 'role', t.path, t.name), 'Path': t.path, 'CreateDate': ago(100 + r * 13, moment), 'AssumeRolePolicyDocument': t.trust,
    'RoleLastUsed': case when r % 5 <> 0 then {'LastUsedDate': ago(r * 11 % 390, moment), 'Region': 'eu-west-1'} end,
    'InstanceProfileList': case when r % 12 = 0 then [{'InstanceProfileName': t.name, 'Arn': concat(t.iam, 'instance-profile/app/', t.name),
      'Path': '/app/'}] else [] end,
    'AttachedManagedPolicies': case
      when r % 12 = 7 then [] when r % 15 = 0 then [attached(aws_policy('AdministratorAccess'))]
      when r % 6 = 1 then [attached(aws_policy('PowerUserAccess'))] when r % 6 = 2 then [attached(aws_policy('ReadOnlyAccess'))]
      else [attached(concat(t.iam, 'policy/', p.name))] end,
    'RolePolicyList': case when s.dense = 1 and r % 2 = 0 then [{'PolicyName': 'assume', 'PolicyDocument': policy_document([
      to_json({'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Resource': '*'})])}] when r % 3 = 2 then [{'PolicyName': 'work', 'PolicyDocument': policy_document([
      to_json({'Effect': 'Allow', 'Action': ['sqs:*', 'dynamodb:GetItem'], 'Resource': concat('arn:aws:sqs:eu-west-1:', t.account_id, ':', t.name, '-*')})])}] else [] end,
    'PermissionsBoundary': case when r % 30 = 5 then
      {'PermissionsBoundaryArn': concat(t.iam, 'policy/boundary'), 'PermissionsBoundaryType': 'Policy'} end,
    'Tags': case when r % 2 = 0 then [{'Key': 'owner', 'Value': concat('team-', r % 40)}] else [] end}), moment
from trusts t, now, size s
left join policies p on p.account_id = t.account_id and p.p = 1 + r % 9
order by t.n, r;

insert into raw."{SUMMARY}"
select account_id, 'us-east-1', '{}', to_json({'Users': s.users, 'Groups': s.groups, 'Roles': s.roles, 'Policies': s.policies, 'MFADevices': 20,
    'MFADevicesInUse': 20, 'AccountMFAEnabled': case when n % 20 <> 1 then 1 else 0 end, 'AccountPasswordPresent': 1,
    'AccountAccessKeysPresent': case when n % 50 = 2 then 1 else 0 end, 'AccountSigningCertificatesPresent': 0, 'Providers': 2}), moment
from accounts, now, size s where is_read order by n;

insert into raw."{PASSWORD_POLICY}"
select account_id, 'us-east-1', '{}', to_json({'MinimumPasswordLength': case when n % 3 = 0 then 8 else 14 end, 'RequireSymbols': true,
    'RequireNumbers': true, 'RequireUppercaseCharacters': n % 5 <> 0, 'RequireLowercaseCharacters': true,
    'AllowUsersToChangePassword': true, 'ExpirePasswords': n % 2 = 0, 'PasswordReusePrevention': 24}), moment
from accounts, now where is_read and n % 8 <> 0 order by n;

insert into raw."{ALIASES}"
select account_id, 'us-east-1', '{}', to_json(name), moment from accounts, now where is_read and n % 2 = 0 order by n;

-- The organization: two levels of units, SCPs on units, and FullAWSAccess on all targets.
create temp table tree as
select u, unit_id(u) as id, case when u < 8 then 'r-made' else unit_id(u % 8) end as parent, concat('Unit ', u) as name
from size s, (select unnest(range(s.units)) as u from size s);

insert into raw."{ROOTS}"
select '100000000000', 'global', '{}', to_json({'Id': 'r-made', 'Arn': 'arn:aws:organizations::100000000000:root/o-made/r-made', 'Name': 'Root',
  'PolicyTypes': [{'Type': 'SERVICE_CONTROL_POLICY', 'Status': 'ENABLED'}, {'Type': 'RESOURCE_CONTROL_POLICY', 'Status': 'ENABLED'}]}), moment from now;

insert into raw."{ORGANIZATION}"
select '100000000000', 'global', '{}', to_json({'Id': 'o-made', 'Arn': 'arn:aws:organizations::100000000000:organization/o-made',
  'FeatureSet': 'ALL', 'MasterAccountId': '100000000000'}), moment from now;

insert into raw."{UNITS}"
select '100000000000', 'global', json_object('ParentId', t.parent), to_json({'Id': t.id, 'Name': t.name,
  'Arn': concat('arn:aws:organizations::100000000000:ou/o-made/', t.id)}), moment
from tree t, now order by t.u;

create temp table members as
select a.*, case when a.n = 0 then 'r-made' else unit_id(a.unit) end as parent, to_json({'Id': a.account_id, 'Name': a.name,
  'Arn': concat('arn:aws:organizations::100000000000:account/o-made/', a.account_id), 'Email': concat(a.name, '@example.com'),
  'State': 'ACTIVE', 'Status': 'ACTIVE', 'JoinedMethod': 'CREATED', 'JoinedTimestamp': ago(2000, moment)}) as item
from accounts a, now;

insert into raw."{ACCOUNTS}" select '100000000000', 'global', '{}', item, moment from members, now order by n;

insert into raw."{CHILDREN}"
select '100000000000', 'global', json_object('ParentId', parent), item, moment from members, now order by n;

create temp table scps as
select p, 'SERVICE_CONTROL_POLICY' as kind, case when p = 0 then 'p-FullAWSAccess' else policy_id(p) end as id,
  case when p = 0 then 'FullAWSAccess' else concat('guard-', p) end as name, case when p = 0
    then policy_document([to_json({'Effect': 'Allow', 'Action': '*', 'Resource': '*'})])
    else policy_document([to_json({'Sid': concat('Guard', p), 'Effect': 'Deny', 'Action': [['organizations:LeaveOrganization', 'account:*'],
        ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail'], ['iam:CreateUser', 'iam:CreateAccessKey'], ['ec2:*'], ['kms:ScheduleKeyDeletion']][p % 5 + 1],
      'Resource': '*', 'Condition': case when p % 2 = 0 then to_json({'ArnNotLike': {'aws:PrincipalArn': 'arn:aws:iam::*:role/role-0000'}})
        else to_json({'StringNotEquals': {'aws:RequestedRegion': ['eu-west-1', 'us-east-1']}}) end})]) end as content
from size s, (select unnest(range(s.scps + 1)) as p from size s)
union all
select 0, 'RESOURCE_CONTROL_POLICY', 'p-RCPFullAWSAccess', 'RCPFullAWSAccess',
  policy_document([to_json({'Effect': 'Allow', 'Principal': '*', 'Action': '*', 'Resource': '*'})]);

create temp table summaries as
select g.*, to_json({'Id': g.id, 'Arn': concat('arn:aws:organizations::aws:policy/', lower(g.kind), '/', g.id), 'Name': g.name, 'Type': g.kind,
  'Description': g.name, 'AwsManaged': g.p = 0}) as summary from scps g;

insert into raw."{POLICIES}"
select '100000000000', 'global', json_object('Filter', kind), summary, moment from summaries, now order by kind desc, p;

insert into raw."{POLICY}"
select '100000000000', 'global', json_object('PolicyId', id), to_json({'Content': cast(to_json(content) as varchar), 'PolicySummary': summary}), moment
from summaries, now order by kind desc, p;

insert into raw."{POLICY_TARGETS}"
select '100000000000', 'global', json_object('PolicyId', g.id), to_json({'TargetId': t.id, 'Name': t.name, 'Type': t.kind,
  'Arn': concat('arn:aws:organizations::100000000000:', lower(t.kind), '/o-made/', t.id)}), moment
from scps g, now, (
  select 0 as place, 'r-made' as id, 'Root' as name, 'ROOT' as kind, null as u
  union all select 1 + u, id, name, 'ORGANIZATIONAL_UNIT', u from tree
  union all select 1000 + n, account_id, name, 'ACCOUNT', null from members) t
where g.p = 0 or t.u = (g.p - 1) % (select units from size) or (t.kind = 'ROOT' and g.p in (1, 5))
order by g.kind desc, g.p, t.place;

drop table policies; drop table users; drop table trusts; drop table tree; drop table members; drop table scps; drop table summaries;
drop table accounts;
