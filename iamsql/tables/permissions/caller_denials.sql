-- Returns a Deny statement of a policy that lists principals, for iam_deny_restrictions. `excepted` are the principals of
-- NotPrincipal.
create or replace macro iam_denial(principals, not_principals, conditions, action_likes, is_action, resource_likes) as {
    'principals': [principal_."value" for principal_ in principals if principal_."type" = 'AWS'],
    'excepted': not_principals,
    'conditions': conditions, 'action_likes': action_likes, 'is_action': is_action,
    'resource_likes': cast(resource_likes as varchar[]) -- for a NULL, which DuckDB 1.4 takes for an integer
};

-- Returns whether a Deny is about a principal. `party` is its account or other party.
create or replace macro iam_denial_applies(denial, principal_value, party) as
    denial.principals is null or len([
        1 for value_ in denial.principals
        if iam_is_anyone('AWS', value_) or value_ = principal_value
        or regexp_full_match(value_, '\d{12}|arn:[^:]*:iam::\d{12}:root') and iam_account_of('AWS', value_) = party
    ]) > 0;

-- Returns whether a Deny includes everything that an Allow with these actions and resources allows a principal.
create or replace macro iam_denial_covers(denial, principal_value, party, actions, resources) as
    iam_denial_applies(denial, principal_value, party)
    and iam_covers_actions(denial.action_likes, denial.is_action, actions) and iam_covers_resources(denial.resource_likes, resources);

-- Returns the parties that the NotPrincipal of a Deny excepts for a caller.
create or replace macro iam_excepted_parties(excepted, caller) as
    [
        iam_principal_party(principal_."type", principal_."value") for principal_ in excepted
        if principal_."type" not in ('Service', 'Federated')
        or principal_."type" = case caller when 'service' then 'Service' when 'provider' then 'Federated' end
    ];

-- Returns the lists of parties that the Deny statements of the policy leave to an Allow. Each Deny that excludes callers has one
-- list.
create or replace macro iam_deny_restrictions(denials, principal_value, party, actions, resources, of_source, caller) as
    [
        parties_ for parties_ in [
            list_distinct(
                iam_escaping_parties(denial_.conditions, of_source, caller)
                || case when denial_.principals is null then iam_excepted_parties(denial_.excepted, caller) else [] end
            )
            for denial_ in denials if iam_denial_covers(denial_, principal_value, party, actions, resources)
        ] if not list_contains(parties_, '*')
    ];

-- Returns the other Deny statements that apply to an Allow, as text. Their conditions do not exclude callers, or they include only
-- a part of what the Allow allows.
create or replace macro iam_deny_conditions(denials, principal_value, party, actions, resources, of_source, caller) as
    nullif(array_to_string(list_sort(list_distinct([
        case
            when not iam_denial_covers(denial_, principal_value, party, actions, resources) then concat(
                'except what a Deny excludes', ' under the conditions ' || nullif(iam_condition_text(denial_.conditions), '')
            )
            else concat('unless ', iam_condition_text(denial_.conditions))
        end
        for denial_ in denials
        if iam_denial_applies(denial_, principal_value, party)
        and iam_denies_some_actions(denial_.action_likes, denial_.is_action, actions)
        and (
            not iam_denial_covers(denial_, principal_value, party, actions, resources)
            or len(denial_.conditions) > 0 and list_contains(iam_escaping_parties(denial_.conditions, of_source, caller), '*')
        )
    ]), 'ASC'), '; '), '');
