-- title: Ways from few permissions to many
-- kind: report
-- severity: info
-- version: 1
-- tags: privilege-escalation, permissions, reference
--
-- Facts, the same in every run: which actions together make a principal stronger, whichever policies they come from.
-- `kind` says how: `self`, the principal's own rights grow, or what caps them goes; `credentials`, another user's
-- credentials; `assume`, a role becomes one's own by its trust; `pass`, a role is handed to a service that does as it
-- is told, so a stronger role that trusts `service` has to be there; `take`, something that runs with a role already is
-- taken over, which policies alone cannot prove: whether there is such a thing, IAM does not tell. `target` is what the
-- first action is done to: a policy, user, group, role, the role passed, or `*`, a thing of another service. A method
-- that names PassRole needs it on the role, with the service as iam:PassedToService. Conditions, what the target holds
-- and how the network is reached are not in here. Copy the list to add methods of your own.

select m.method, m.title, m.actions, m.kind, m.target, m.service, m.about, m.source
from iam_privesc_methods() as m
order by m.method
