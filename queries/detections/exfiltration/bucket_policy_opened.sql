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

with written as (
    select
        e.event_time, e.account_id, e.region, e.actor, e.source_ip_address, e.event_name,
        e.request_parameters ->> '$.bucketName' as target,
        json_extract(e.request_parameters, '$.bucketPolicy') as document,
        e.invoked_by, e.event_id
    from successful_calls('s3.amazonaws.com') as e
    where e.event_name = 'PutBucketPolicy'
)

select f.*
from opened_policies((select list(w) from written as w), $trusted) as f
order by f.event_time desc, f.event_id
