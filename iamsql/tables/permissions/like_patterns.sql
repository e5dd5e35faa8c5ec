-- A LIKE pattern that matches only the text, with \ as the escape character.
create or replace macro iam_literal(text) as replace(replace(replace(text, '\', '\\'), '%', '\%'), '_', '\_');

-- A pattern of IAM, with * and ? as wildcards, as a LIKE pattern with \ as the escape character.
create or replace macro iam_like(pattern) as
    replace(replace(iam_literal(pattern), '*', '%'), '?', '_');

create or replace macro iam_likes(patterns) as [iam_like(pattern_) for pattern_ in patterns];
