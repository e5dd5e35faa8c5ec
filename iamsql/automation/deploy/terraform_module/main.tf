# The stack set with the roles that iamsql assumes in the accounts. policies.tf has the policies of all roles.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  principal = coalesce(var.principal, aws_iam_role.runner.arn)
}

resource "aws_cloudformation_stack_set" "audit" {
  name             = "iamsql-audit"
  description      = "The roles that iamsql assumes"
  permission_model = "SERVICE_MANAGED"
  call_as          = var.call_as
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  parameters = {
    Principal = local.principal
  }
  template_body = jsonencode(local.stack_set_template)

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  managed_execution {
    active = true
  }

  operation_preferences {
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }

  # CloudFormation returns the role of self-managed stack sets, which would be a change in each plan.
  lifecycle {
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_instances" "audit" {
  stack_set_name = aws_cloudformation_stack_set.audit.name
  call_as        = var.call_as
  regions        = [data.aws_region.current.region]

  deployment_targets {
    organizational_unit_ids = var.organizational_units
  }

  operation_preferences {
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }
}
