-- Returns roles as resources whose policy is their trust policy.
-- returns: account_id VARCHAR, arn VARCHAR, document_id VARCHAR, duplicate_key VARCHAR
create or replace macro iam_role_resources() as table
select t.account_id, t.arn, t.document_id, t.duplicate_key
from iam_role_trust_policies() as t;
