-- Returns the active accounts that were selected and read, completely or in part. A control of accounts has a row for each.
-- returns: account_id VARCHAR, name VARCHAR, arn VARCHAR, root_arn VARCHAR, partition VARCHAR, position BIGINT
create or replace macro read_accounts() as table
select
    a.account_id, a.name,
    concat('arn:', r."partition", ':::', a.account_id) as arn,
    concat('arn:', r."partition", ':iam::', a.account_id, ':root') as root_arn,
    r."partition", a.position
from iamsql.accounts as a
cross join iamsql.run as r
where a.selected and a.state = 'ACTIVE' and a.outcome in ('complete', 'incomplete');

-- Returns the position of an account in the organization's list of accounts. The alias of the subquery is long because
-- an argument such as `a.account_id` would refer to an alias `a` of the macro.
create or replace macro account_position(account) as (
    select account_row.position from iamsql.accounts as account_row where account_row.account_id = account
);

-- Returns the ARN of the organization.
create or replace macro organization_arn() as (
    select concat('arn:', r."partition", ':organizations::', r.management_account_id, ':organization/', r.organization_id)
    from iamsql.run as r
);

-- Returns the IAM users and roles of the accounts, without service-linked roles.
-- returns: account_id VARCHAR, arn VARCHAR, name VARCHAR
create or replace macro users_and_roles() as table
select u.account_id, u.arn, u.name
from aws_iam_user as u
union all
select r.account_id, r.arn, r.name
from aws_iam_role as r
where coalesce(r.path, '/') not like '/aws-service-role/%';
