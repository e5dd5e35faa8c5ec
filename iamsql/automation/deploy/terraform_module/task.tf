# The scheduled task on Fargate.

resource "aws_iam_role_policy_attachment" "further" {
  for_each   = toset(var.further_policies)
  role       = aws_iam_role.runner.name
  policy_arn = each.value
}

resource "aws_iam_role_policy_attachment" "images" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_cluster" "runs" {
  name = var.name
}

resource "aws_ecs_task_definition" "runs" {
  family                   = "${var.name}-iamsql"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  task_role_arn            = aws_iam_role.runner.arn
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([
    {
      name                   = "iamsql"
      image                  = var.image
      essential              = true
      user                   = "10001:10001"
      readonlyRootFilesystem = true
      linuxParameters = {
        initProcessEnabled = true
        capabilities = {
          drop = ["ALL"]
        }
      }
      mountPoints = [
        {
          sourceVolume  = "data"
          containerPath = "/data"
          readOnly      = false
        },
      ]
      stopTimeout = 120
      entryPoint  = ["/bin/sh", "-c"]
      command     = [local.script]
      environment = [
        {
          name  = "IAMSQL_CONFIG"
          value = "/data/iamsql.toml"
        },
        {
          name  = "IAMSQL_ARCHIVE"
          value = "s3://${aws_s3_bucket.archive.bucket}/${var.prefix}"
        },
        {
          name  = "AWS_REGION"
          value = data.aws_region.current.region
        },
      ]
      secrets = concat([
        {
          name      = "IAMSQL_CONFIGURATION"
          valueFrom = aws_ssm_parameter.configuration.arn
        },
      ], local.secrets)
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.runs.name
          awslogs-region        = data.aws_region.current.region
          awslogs-stream-prefix = "run"
        }
      }
    },
  ])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  ephemeral_storage {
    size_in_gib = var.storage_gib
  }

  volume {
    name = "data"
  }
}

resource "aws_scheduler_schedule" "runs" {
  name                         = var.name
  schedule_expression          = var.schedule
  schedule_expression_timezone = var.time_zone
  state                        = var.schedule_state

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.runs.arn
    role_arn = aws_iam_role.scheduler.arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.runs.arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets          = var.subnets
        security_groups  = var.security_groups
        assign_public_ip = var.assign_public_ip
      }
    }

    dead_letter_config {
      arn = aws_sqs_queue.start_failures.arn
    }

    retry_policy {
      maximum_retry_attempts       = 5
      maximum_event_age_in_seconds = 3600
    }
  }
}
