variable "project" {
  description = "Id of the project."
  type        = string
}

variable "region" {
  description = "Where the queues and the database are. Queues cannot be moved."
  type        = string
  default     = "europe-west1"
}

variable "network" {
  description = "Self link of the VPC network that the hosts stand in; it needs private services access."
  type        = string
}

variable "database_tier" {
  description = "Machine of the database."
  type        = string
  default     = "db-custom-2-7680"
}

variable "owner_password" {
  description = "Password of the role that owns the tables. It ends up in Terraform's state, so keep that where secrets may be kept."
  type        = string
  sensitive   = true
}

# One queue for each family of kinds, since an answer of 429 or 503 slows its whole
# queue. The names are those of cloudtasks/names.go, and a test compares them.
#
# concurrent is the bound that matters: all queues together no more than the slots of
# all workers (8 each, unless --slots says otherwise), or the rest is answered 429 and
# the queue slows down. These are for eight workers. per_second only keeps a burst from
# being pushed at one blow; the service takes 500 at the most.
variable "queues" {
  description = "Bounds of each queue."
  type = map(object({
    per_second = number
    concurrent = number
  }))
  default = {
    "enrichd-sites"     = { per_second = 20, concurrent = 16 }  # other people's servers
    "enrichd-documents" = { per_second = 20, concurrent = 8 }   # processors, for seconds a page
    "enrichd-matching"  = { per_second = 100, concurrent = 16 } # the database alone
    "enrichd-backfills" = { per_second = 20, concurrent = 8 }   # their own subtasks
    "enrichd-sheets"    = { per_second = 200, concurrent = 16 } # a press: thousands at once
  }
}
