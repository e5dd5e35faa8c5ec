-- title: Ensure IAM users have tags
-- kind: control
-- severity: low
-- tags: users, tags, security_hub:IAM.25
-- param: keys text = ''                 # Tag keys that each user must have, separated by commas
-- remediation: aws iam tag-user --user-name {user_name} --tags Key=KEY,Value=VALUE
--
-- Tags identify the owner of a user, and policies can use them in conditions. Tag each user. Without `keys`, any tag
-- without the prefix `aws:` is enough.

select
    u.arn as resource,
    unnest(case
        when u.tags_src is null then unknown('the tags of the user were not read.')
        else tag_result(own_tag_keys(u.tags), missing_tag_keys(u.tags, $keys), 'user')
    end),
    u.account_id, 'global' as region, u.name as user_name
from aws_iam_user as u
order by account_position(u.account_id), u.arn
