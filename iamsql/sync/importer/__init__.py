"""Make a run file from files: responses that the AWS CLI printed, credential reports and CloudTrail log files."""
