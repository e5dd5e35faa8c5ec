variable "name" {
  description = "The name of the resources."
  type        = string
  default     = "iamsql"
}

variable "role_name" {
  description = "The name of the role that runs iamsql, which the roles of the accounts trust."
  type        = string
  default     = "iamsql-runner"
}

variable "organizational_units" {
  description = "The IDs of organizational units, or the ID of the root for all accounts."
  type        = list(string)
}

variable "call_as" {
  description = "SELF in the management account, DELEGATED_ADMIN in that of a delegated administrator."
  type        = string
  default     = "SELF"
}

variable "image" {
  description = "The URI of the image, with its digest: REGISTRY/NAME@sha256:DIGEST."
  type        = string
}

variable "subnets" {
  description = "The subnets of the task, with a route to the APIs of AWS."
  type        = list(string)
}

variable "security_groups" {
  description = "The security groups of the task, which need outbound HTTPS only."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "Whether the task has a public address."
  type        = bool
  default     = false
}

variable "cpu" {
  description = "CPU units of the task; 1024 is a vCPU."
  type        = number
  default     = 1024
}

variable "memory" {
  description = "MiB of memory of the task, a size that Fargate has for its CPU."
  type        = number
  default     = 4096
}

variable "architecture" {
  description = "The architecture of the image: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
}

variable "storage_gib" {
  description = "GiB of storage for run files, 21 to 200."
  type        = number
  default     = 30
}

variable "further_policies" {
  description = "ARNs of managed policies for the same role, such as that of iamsql role --kind trail."
  type        = list(string)
  default     = []
}

variable "schedule" {
  description = "When to run: a cron or rate expression of EventBridge Scheduler."
  type        = string
  default     = "cron(0 3 * * ? *)"
}

variable "time_zone" {
  description = "The time zone of the schedule."
  type        = string
  default     = "UTC"
}

variable "schedule_state" {
  description = "ENABLED or DISABLED."
  type        = string
  default     = "ENABLED"
}

variable "prefix" {
  description = "The prefix of the objects in the bucket."
  type        = string
  default     = "iamsql"
}

variable "retention_days" {
  description = "Days after which runs and reports expire; 0 keeps them."
  type        = number
  default     = 0
}

variable "old_version_days" {
  description = "Days for which replaced and deleted versions of objects are kept."
  type        = number
  default     = 90
}

variable "object_lock_days" {
  description = "Days for which S3 Object Lock protects each object; 0 turns Object Lock off."
  type        = number
  default     = 0
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 90
}

variable "alarm_email" {
  description = "An address that receives the alarms, which must be confirmed; empty for none."
  type        = string
  default     = ""
}

variable "stale_days" {
  description = "Alarm after so many days without a successful run, 0 to 7; 0 turns the alarm off."
  type        = number
  default     = 2

  validation {
    condition     = var.stale_days >= 0 && var.stale_days <= 7
    error_message = "CloudWatch evaluates at most 7 days."
  }
}
