-- title: Ensure IAM roles have tags
-- kind: control
-- severity: low
-- tags: roles, tags, security_hub:IAM.24
-- param: keys text = ''             # Tag keys that each role must have, separated by commas
-- remediation: aws iam list-role-tags --role-name {resource:name}
-- remediation: aws iam tag-role --role-name {resource:name} --tags Key=KEY,Value=VALUE
--
-- Tags identify the owner of a role, and policies can use them in conditions. Tag each role. Without `keys`, any tag
-- without the prefix `aws:` is enough. Service-linked roles and roles of IAM Identity Center are not evaluated.

select
    r.arn as resource,
    unnest(case
        when r.tags_src is null then unknown('the tags of the role were not read.')
        else tag_result(own_tag_keys(r.tags), missing_tag_keys(r.tags, $keys), 'role')
    end),
    r.account_id, 'global' as region
from aws_iam_role as r
where is_customer_role(r.path)
order by account_position(r.account_id), r.arn
