-- title: Accounts
-- dialect: postgres
-- kind: control
select 1 as one
