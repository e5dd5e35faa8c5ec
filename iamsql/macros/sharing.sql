-- What happened to a resource that was shared: `receivers` and `is_public` as foreign_receivers() returns them.
create or replace macro sharing_text(receivers, is_public, invoked_by) as
    concat('shared with ', receivers, case when is_public then ' (public)' end, ', through ' || invoked_by);

-- Whom a resource policy allows access, from the `principals` of opened_policies().
create or replace macro opened_text(principals, invoked_by) as
    concat('allows access for ', case principals when '*' then 'everyone' else principals end, ', through ' || invoked_by);
