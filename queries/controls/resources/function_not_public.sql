-- title: Ensure policies of Lambda functions do not allow everyone
-- kind: control
-- severity: critical
-- tags: resource-policies, third-party, fsbp:Lambda.1, security_hub:Lambda.1
-- resource_types: lambda_function
-- remediation: iamsql query external_access
-- remediation: aws lambda get-policy --function-name {resource} --region {region}
--
-- Anyone can invoke a function whose policy allows everyone: with the API, or by a function URL without authentication,
-- which only works with such a statement. If Amazon S3 may invoke a function and no condition restricts the account of
-- the bucket, anyone can invoke the function with a bucket of their own. There is one row for each function.
-- `function_not_shared` also reports other accounts outside the organization.

select r.resource, r.status, r.reason, r.account_id, r.region
from resource_access_results(
    'lambda_function', ['public', 'service s3.amazonaws.com'], [],
    'The policy of the function does not allow everyone.'
) as r
order by r.position, r.account_id, r.resource
