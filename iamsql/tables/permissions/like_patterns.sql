-- Returns a LIKE pattern that matches only the string, with \ as the escape character.
create or replace macro iam_literal(text) as replace(replace(replace(text, '\', '\\'), '%', '\%'), '_', '\_');

-- Returns an IAM pattern, with the wildcards * and ?, as a LIKE pattern with \ as the escape character.
create or replace macro iam_like(pattern) as
    replace(replace(iam_literal(pattern), '*', '%'), '?', '_');

create or replace macro iam_likes(patterns) as [iam_like(pattern_) for pattern_ in patterns];
