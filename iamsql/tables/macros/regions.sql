-- about: The Region where CloudTrail records the events of IAM and the sign-ins of root users.
-- source: AWS CloudTrail User Guide; the Regions of botocore's endpoint data
-- date: 2026-11-28
-- rebuild: read the partitions in the endpoint data of botocore
create or replace macro iam_events_region(partition_name) as
    case partition_name
        when 'aws-cn' then 'cn-north-1'
        when 'aws-us-gov' then 'us-gov-west-1'
        when 'aws-eusc' then 'eusc-de-east-1'
        else 'us-east-1'
    end;
