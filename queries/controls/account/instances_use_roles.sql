-- title: Ensure EC2 instances use IAM roles for access to AWS resources
-- kind: control
-- severity: low
-- tags: roles, manual, cis_v1.2:1.19, cis_v3.0:1.18, cis_v7.0:2.16
-- remediation: # In each Region:
-- remediation: aws ec2 describe-instances --query 'Reservations[].Instances[?IamInstanceProfile==null].InstanceId'
-- remediation: aws ec2 associate-iam-instance-profile --instance-id INSTANCE_ID --iam-instance-profile Name=INSTANCE_PROFILE
--
-- An application on an instance with a role does not need access keys in files. iamsql does not read EC2 instances.
-- This is a manual check: look for instances without an instance profile, and for access keys on the others. The row
-- counts the instance profiles of the account.

select
    a.arn as resource,
    unnest(case
        when s.instance_profiles is null then unknown('the account summary was not read.')
        else info(concat(
            'Check whether EC2 instances use access keys: the account has ',
            pluralize(s.instance_profiles, 'instance profile', 'instance profiles'), '.'
        ))
    end),
    a.account_id, 'global' as region
from read_accounts() as a
left join aws_iam_account_summary as s on s.account_id = a.account_id
order by a.position, a.account_id
