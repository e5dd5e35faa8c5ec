# The topic of the alarms, the queue of failed starts, and the alarms.

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.archive.arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = jsonencode(local.topic_policy)
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_sqs_queue" "start_failures" {
  name                      = "${var.name}-start-failures"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

resource "aws_cloudwatch_log_metric_filter" "succeeded" {
  name           = "SucceededRuns-${var.name}"
  log_group_name = aws_cloudwatch_log_group.runs.name
  pattern        = "{ $.status = \"succeeded\" }"

  metric_transformation {
    namespace = "iamsql"
    name      = "SucceededRuns-${var.name}"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "not_started" {
  alarm_name        = "${var.name}-not-started"
  alarm_description = "The schedule could not start iamsql. The queue has the request and the error."
  namespace         = "AWS/SQS"
  metric_name       = "ApproximateNumberOfMessagesVisible"
  dimensions = {
    QueueName = aws_sqs_queue.start_failures.name
  }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "stale" {
  count               = var.stale_days > 0 ? 1 : 0
  alarm_name          = "${var.name}-stale"
  alarm_description   = "No run of iamsql succeeded for days."
  namespace           = "iamsql"
  metric_name         = "SucceededRuns-${var.name}"
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = var.stale_days
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${var.name}-failed"
  description = "A run of iamsql failed"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [aws_ecs_cluster.runs.arn]
      lastStatus = ["STOPPED"]
      "$or" = [
        {
          containers = {
            exitCode = [
              {
                anything-but = [0, 1]
              },
            ]
          }
        },
        {
          stopCode = [
            {
              anything-but = ["EssentialContainerExited"]
            },
          ]
        },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = aws_sns_topic.alarms.arn
}
