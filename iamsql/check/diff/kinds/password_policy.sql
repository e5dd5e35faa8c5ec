-- about: The password policy of an account. An account without one has the default policy of IAM.
-- depends on: aws_iam_account_password_policy iam:GetAccountPasswordPolicy
select
    p.account_id, 'global' as region, p.account_id as ident, 'password policy' as name,
    concat('arn:', p."partition", ':::', p.account_id) as resource,
    null as value, p.minimum_password_length, p.require_lowercase_characters, p.require_uppercase_characters,
    p.require_numbers, p.require_symbols, p.password_reuse_prevention, p.expire_passwords, p.max_password_age,
    p.hard_expiry, p.allow_users_to_change_password
from aws_iam_account_password_policy as p
