-- title: Ensure CloudTrail logs are encrypted at rest using KMS keys
-- kind: control
-- severity: medium
-- version: 1
-- tags: cloudtrail, kms, security_hub:CloudTrail.2
--
-- With a KMS key of one's own two things are needed to read the log: the bucket, and the key. AWS encrypts with its
-- own key else, and whoever reads the bucket reads the log. One row for each trail, in the account that owns it; one
-- whose home region was not read is evaluated by its copy in another region. The public control evaluates home
-- regions only, or every copy, and takes a trail whose status it could not read for one that is on or off; here that
-- is unknown.

select
    t.arn as resource,
    unnest(case
        when t.kms_key_id is null then alarm('Log files are encrypted with S3''s own key.')
        else ok(concat('Log files are encrypted with ', t.kms_key_id, '.'))
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
