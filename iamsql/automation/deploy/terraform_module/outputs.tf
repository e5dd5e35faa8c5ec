output "runner_role_arn" {
  description = "The role that runs iamsql."
  value       = aws_iam_role.runner.arn
}

output "archive" {
  description = "The archive of the runs."
  value       = "s3://${aws_s3_bucket.archive.bucket}/${var.prefix}"
}

output "log_group" {
  description = "The log group of the runs."
  value       = aws_cloudwatch_log_group.runs.name
}

output "configuration" {
  description = "The parameter with the text of iamsql.toml."
  value       = aws_ssm_parameter.configuration.name
}

output "alarm_topic_arn" {
  description = "The topic of the alarms."
  value       = aws_sns_topic.alarms.arn
}
