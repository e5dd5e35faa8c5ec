-- title: Ensure CloudTrail log file validation is enabled
-- kind: control
-- severity: medium
-- version: 1
-- tags: cloudtrail, security_hub:CloudTrail.4
--
-- With validation a digest that is signed every hour proves that no log file was changed or deleted. Turn it on, and
-- keep the digests. One row for each trail, in the account that owns it; one whose home region was not read is
-- evaluated by its copy in another region. The public control evaluates home regions only, or every copy, and takes a
-- trail whose status it could not read for one that is on or off; here that is unknown.

select
    t.arn as resource,
    unnest(case
        when t.log_file_validation_enabled is null then unknown('whether log files are validated was not read.')
        when t.log_file_validation_enabled then ok('Log files are validated.')
        else alarm('Log files are not validated.')
    end),
    t.account_id, t.region, t.name as trail_name
from aws_cloudtrail_trail as t
inner join trail_homes() as h on h.account_id = t.account_id and h.region = t.region and h.arn = t.arn
left join iamsql.accounts as a on a.account_id = t.account_id
order by a.position, t.arn
