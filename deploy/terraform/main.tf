# Queues, accounts and a database for --dispatch cloudtasks. An example: read it
# before you apply it. docs/how-to/cloud-tasks.md says what goes where.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_project_service" "needed" {
  for_each           = toset(["cloudtasks.googleapis.com", "iam.googleapis.com", "sqladmin.googleapis.com"])
  service            = each.key
  disable_on_destroy = false
}
