-- Whether the customer can change a role: AWS manages the service-linked roles and the roles of IAM Identity Center.
create or replace macro is_customer_role(path) as
    coalesce(path, '/') not like '/aws-service-role/%' and coalesce(path, '/') not like '/aws-reserved/sso.amazonaws.com/%';
