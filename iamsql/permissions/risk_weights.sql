-- The points that each fact about a user, key, root user or role adds to its risk score of 0 to 10. The query risk_weights lists
-- them, and the queries that compute scores take other points by factor and level, as in {"mfa.none": 4}.
create or replace macro iam_risk_weights() as table
select * from (values
    ('privilege', 'full', 4.0, 'May do everything on everything: a direct administrator of the query admins.'),
    ('privilege', 'escalation', 3.5, 'Allows an action of IAM by which one makes oneself administrator.'),
    ('privilege', 'writes', 1.5, 'Allows changes.'),
    ('privilege', 'reads', 0.5, 'Allows reading only.'),
    ('privilege', 'none', 0.0, 'No policy allows anything.'),
    ('privilege', 'unused', 0.5, 'Neither a password nor an active key: nobody can act as the user for now.'),
    ('privilege', 'root', 1.0, 'The root user, whom policies do not limit.'),
    ('age', 'key_year', 2.0, 'An active key that is a year old or older.'),
    ('age', 'key_old', 1.0, 'An active key that is older than the limit.'),
    ('age', 'password_year', 0.5, 'A password that was set a year ago or earlier.'),
    ('use', 'key_never', 1.0, 'An active key that was never used in the days after which a credential counts as unused.'),
    ('use', 'key_idle', 1.0, 'An active key that was not used for those days.'),
    ('use', 'password_idle', 1.0, 'A password that was not used for those days.'),
    ('use', 'root_recent', 2.0, 'Root was used in the days after which a key is old.'),
    ('mfa', 'none', 3.0, 'A password without MFA.'),
    ('mfa', 'virtual', 0.5, 'A password with a virtual device, which can be copied or phished.'),
    ('mfa', 'root_none', 4.0, 'A root password without MFA.'),
    ('mfa', 'root_virtual', 0.5, 'A root password with a virtual device.'),
    ('exposure', 'key_active', 1.0, 'An active key: a secret that works from anywhere.'),
    ('exposure', 'key_inactive', 0.5, 'An inactive key, which one call makes active again; nothing else of it counts.'),
    ('exposure', 'keys_one', 1.0, 'A user with one active key.'),
    ('exposure', 'keys_two', 1.5, 'A user with two active keys.'),
    ('exposure', 'console_and_keys', 0.5, 'A user with a password and an active key: a person and a program in one.'),
    ('use', 'role_idle', 0.5, 'A role that nobody used in the days after which a key is old.'),
    ('trust', 'anyone', 5.0, 'A role that everybody in AWS may assume.'),
    ('trust', 'federated_any', 3.0, 'A role that an OpenID Connect provider hands to whoever it knows: no condition on sub.'),
    ('trust', 'outside', 2.5, 'A role that an account outside the organization may assume, without a condition.'),
    ('trust', 'outside_guarded', 1.0, 'The same with a condition, such as an external id.'),
    ('trust', 'federated', 0.5, 'A role for people or programs that a provider knows.'),
    ('root', 'key', 6.0, 'Root has an active access key.'),
    ('root', 'key_inactive', 3.0, 'Root has an access key that is inactive.')
) as weights(factor, level, points, about);

-- The points with those of `changes` instead, a JSON object by factor.level. An unknown name is an error.
create or replace macro iam_risk_points(changes) as table
select
    w.factor, w.level,
    case
        when n.wrong <> ''
            then error(concat('weights: there is no ', n.wrong, '; iamsql query risk_weights lists what there is'))
        else coalesce(
            cast(json_extract_string(n.given, key_pointer(concat(w.factor, '.', w.level))) as double),
            cast(w.points as double)
        )
    end as points,
    w.about
from iam_risk_weights() as w
cross join (
    select
        g.given,
        array_to_string([name_ for name_ in json_keys(g.given) if not list_contains(g.names, name_)], ', ') as wrong
    from (
        select cast(changes as json) as given, k.names
        from (select list(concat(e.factor, '.', e.level)) as names from iam_risk_weights() as e) as k
    ) as g
) as n;
