-- A text as the pattern of LIKE that it alone matches, with \ as the escape.
create or replace macro iam_literal(text) as replace(replace(replace(text, '\', '\\'), '%', '\%'), '_', '\_');

-- A pattern of IAM, in which * and ? are wild, as a pattern of LIKE with \ as its escape.
create or replace macro iam_like(pattern) as
    replace(replace(iam_literal(pattern), '*', '%'), '?', '_');

create or replace macro iam_likes(patterns) as [iam_like(pattern_) for pattern_ in patterns];
