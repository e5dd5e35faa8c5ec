-- title: S3 bucket policy allows public or external access
-- kind: detection
-- severity: high
-- tags: mitre:T1537, mitre:T1530, tactic:exfiltration, cloudtrail
-- param: trusted text[] = ''  # Expected external account IDs
--
-- Detects bucket policies that allow access to everyone or to accounts outside the organization. The objects can be
-- read without a copy in your account. Restore the former policy (the event contains the new one), find out from server
-- access logs or data events what was read, and identify the account. A `*` that conditions limit to accounts of the
-- organization is excluded. A `*` with a condition on addresses or VPC endpoints is a finding, because the run does not
-- contain their owners.
-- False positives: websites and public downloads, policies for your own VPC endpoints and addresses, partners
-- (`$trusted`), AWS accounts that deliver load balancer logs, and CloudFront origin access identities, which do not
-- reveal their account.

with policy_changes as (
    select
        c.event_time, c.account_id, c.region, c.actor, c.source_ip_address, c.event_name,
        c.request_parameters ->> '$.bucketName' as target,
        json_extract(c.request_parameters, '$.bucketPolicy') as document,
        c.invoked_by, c.event_id
    from successful_calls('s3.amazonaws.com') as c
    where c.event_name = 'PutBucketPolicy'
)

select f.*
from opened_policies((select list(c) from policy_changes as c), $trusted) as f
order by f.event_time desc, f.event_id
