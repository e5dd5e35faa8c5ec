-- What changes between the two runs that test_resources.py compares: statements for each resource type, over the sample organization.

-- user
insert into aws_iam_user by name select * replace ('eve' as name, 'arn:aws:iam::555566667777:user/eve' as arn, 'AIDAEVE' as user_id) from aws_iam_user where account_id = '555566667777' and name = 'intern-2024';
delete from aws_iam_user where account_id = '555566667777' and name = 'intern-2024';
update aws_iam_user set user_id = 'AIDAAGAIN' where account_id = '666677778888' and name = 'irene';
update aws_iam_user set mfa_enabled = not mfa_enabled where account_id = '666677778888' and name = 'seo-tool';

-- group
update aws_iam_group set group_id = 'AGPAAGAIN' where account_id = '666677778888' and name = 'developers';

-- membership
update aws_iam_user set groups = '[{"GroupName":"admins"}]' where account_id = '666677778888' and name = 'hugo';

-- role
update aws_iam_role set tags_src = '[{"Key":"owner","Value":"web"}]' where account_id = '666677778888' and name = 'inventory';

-- trust_policy
update aws_iam_role set assume_role_policy_std = '{"Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}' where account_id = '666677778888' and name = 'inventory';

-- policy
update aws_iam_policy set policy_std = '{"Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}', default_version_id = 'v9' where account_id = '666677778888' and name = 'placeholder';
delete from aws_iam_policy where account_id = '666677778888' and name = 'any-role';

-- aws_policy
update aws_iam_policy set policy_std = '{"Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}' where arn = 'arn:aws:iam::aws:policy/SecurityAudit';

-- inline_policy
update aws_iam_user set inline_policies_std = '[{"PolicyName":"mine","PolicyDocument":{"Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}}]' where account_id = '666677778888' and name = 'hugo';

-- attachment
update aws_iam_role set attached_policy_arns = '["arn:aws:iam::aws:policy/AdministratorAccess"]' where account_id = '666677778888' and name = 'inventory';

-- boundary
update aws_iam_user set permissions_boundary_arn = null where account_id = '555566667777' and name = 'checkout';

-- mfa_device
delete from aws_iam_virtual_mfa_device where account_id = '333344445555' and serial_number like '%/spare-0';
update aws_iam_virtual_mfa_device set assignment_status = 'Assigned', user_name = 'siem' where account_id = '333344445555' and serial_number like '%/spare-1';

-- password_policy
update aws_iam_account_password_policy set minimum_password_length = 8 where account_id = '666677778888';
delete from aws_iam_account_password_policy where account_id = '555566667777';

-- root
update aws_iam_account_summary set account_mfa_enabled = false, account_access_keys_present = 2 where account_id = '666677778888';
update aws_iam_credential_report set password_last_used = as_of() where account_id in ('666677778888', '111122223333') and user_name = '<root_account>';

-- account
update iamsql.accounts set state = 'SUSPENDED', ou_path = 'Suspended' where account_id = '131313131313';
update iamsql.accounts set name = 'web' where account_id = '666677778888';

-- organization_policy
update aws_organizations_policy set content = '{"Statement":[{"Action":["s3:getobject"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}' where name = 'regions';
delete from aws_organizations_policy where name = 'no-longer-used';

-- organization_policy_target
delete from aws_organizations_policy_target where name = 'keep-the-trail' and target_id = '012345678901';

-- saml_provider
update aws_iam_saml_provider set saml_metadata_document = '<new/>' where name = 'okta';

-- oidc_provider
update aws_iam_open_id_connect_provider set client_id_list = '["b", "a"]' where arn = 'arn:aws:iam::666677778888:oidc-provider/token.actions.githubusercontent.com';

-- access_key
delete from aws_iam_access_key where access_key_id = 'AKIABARRNQLXA5PVRLHM';
update aws_iam_access_key set status = 'Inactive' where access_key_id = 'AKIAHONZNQCEQVFIVY7W';
