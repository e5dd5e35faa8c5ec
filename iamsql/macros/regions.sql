-- The Region in which CloudTrail records the events of IAM and the sign-ins of root users.
create or replace macro iam_events_region(part) as
    case part
        when 'aws-cn' then 'cn-north-1'
        when 'aws-us-gov' then 'us-gov-west-1'
        when 'aws-eusc' then 'eusc-de-east-1'
        else 'us-east-1'
    end;
