-- The accounts that controls of accounts have a row for: selected, active and read at least in part.
-- gives: account_id VARCHAR, name VARCHAR, arn VARCHAR, root_arn VARCHAR, partition VARCHAR, position BIGINT
create or replace macro read_accounts() as table
select
    a.account_id, a.name,
    concat('arn:', r."partition", ':::', a.account_id) as arn,
    concat('arn:', r."partition", ':iam::', a.account_id, ':root') as root_arn,
    r."partition", a.position
from iamsql.accounts as a
cross join iamsql.run as r
where a.selected and a.state = 'ACTIVE' and a.outcome in ('read', 'partial');
