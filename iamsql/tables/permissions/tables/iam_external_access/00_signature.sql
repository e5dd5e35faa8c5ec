-- Returns the principals outside the organization that the policies of resources allow: one row for each resource, statement and
-- principal. If the account is in no organization, these are the principals outside the account. Resources are the rows of
-- aws_resource_policy, their KMS grants, and roles by their trust policies. As in IAM Access Analyzer, a statement counts if it
-- allows a principal that is not in the organization, unless a condition restricts callers to the organization. Access control
-- lists, endpoint policies and identity-based policies do not count.
--
--   access: public, external account, other organization, service or federated
--   verdict: allowed, conditional, or unknown if data that decides was not read
--   status: names this data
-- A service counts if no condition restricts the resource that it acts for. Amazon S3 accepts requests to an access point of a VPC
-- only from the VPC, and does not count its policy as public. Amazon EFS does not count a statement as public if it requires a
-- mount target. A file system without a policy has such a statement.
-- returns: account_id VARCHAR, region VARCHAR, resource_type VARCHAR, arn VARCHAR, principal VARCHAR, access VARCHAR, actions VARCHAR, conditions VARCHAR, statement VARCHAR, verdict VARCHAR, status VARCHAR
create or replace macro iam_external_access() as table
with
