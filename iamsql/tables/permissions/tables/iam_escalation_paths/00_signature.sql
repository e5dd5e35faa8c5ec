-- Returns the escalation paths of users and roles to the permissions of an administrator. For each principal this is the most
-- certain path, and the shortest of these. With `every_method` there is a path for each principal and method of the first step. An
-- administrator has one row without steps, with the method `administrator`. The method `unread` is for a principal without steps whose
-- own policies were not read.
--
-- `uncertainty` is the value of iam_subject_methods, or 2 for a path that needs the credentials of another principal: the first principal
-- may give the other more permissions, but cannot use them. A path is certain with 0, conditional with 1 or 2, and unknown with more. A
-- goal with 4 is a principal that only an unread policy can make an administrator. 9 stands for a node without a path.
--
-- The search has two parts. The first goes back from the goals, step by step, over the edges (iam_escalation_edges). The second
-- goes forward from the principals without a certain path from the first part. It accumulates the identities that a principal
-- controls and the changes that it has made. It finds paths that need two of these identities: one changes a role, and the other
-- assumes it. It also finds paths with two changes that have an effect only together.
-- returns: principal VARCHAR, account_id VARCHAR, method VARCHAR, steps INTEGER, admin_arn VARCHAR, verdict VARCHAR, conditions VARCHAR[], path VARCHAR, uncertainty INTEGER
create or replace macro iam_escalation_paths(every_method) as table
with recursive
