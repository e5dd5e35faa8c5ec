-- A text as a number: 63 bits of its MD5 hash, which take less memory than the text. A shift is much faster than the remainder of a
-- division, and so is the text of a BIGINT than that of a UHUGEINT.
create or replace macro iam_hash(value) as cast(md5_number(value) >> 65 as bigint);
