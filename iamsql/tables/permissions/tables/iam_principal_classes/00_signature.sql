-- Returns equivalence classes of subjects. The questions have the same answers for all subjects of a class, so one subject, the
-- leader, is evaluated for the class. The subjects of a class have these properties in common:
--   the policies whose statements match the questions: the statements are the same, and apply in the same ways
--   the organization policies
--   no condition depends on which of the subjects makes the request
--   the policy of the resource of a question lists them alike
-- The ID of a subject's own account counts as the same text in each account, unless a question or an organization policy names an
-- account. For a question about a resource with a policy, this is not so in the accounts that the resource names. With
-- `one_per_subject` each subject is a class of its own. With `same_names` the names of the policies are also the same.
-- returns: principal VARCHAR, account_id VARCHAR, leader VARCHAR
create or replace macro iam_principal_classes(questions, subjects, one_per_subject, same_names, resources) as table
with
