# Who creates tasks: the account that hosts with the role relay run as. It may create
# tasks in these queues, and let them carry tokens of the pushing account. No more.
resource "google_service_account" "relay" {
  account_id   = "enrichd-relay"
  display_name = "creates tasks"
}

# Whose token a push carries. It has no rights at all: the push handler knows it by
# its e-mail address.
resource "google_service_account" "push" {
  account_id   = "enrichd-push"
  display_name = "stands in the tokens of pushes"
}

resource "google_cloud_tasks_queue_iam_member" "relay_creates" {
  for_each = google_cloud_tasks_queue.family
  location = each.value.location
  name     = each.value.name
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.relay.member
}

resource "google_service_account_iam_member" "relay_acts_as_push" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.relay.member
}

# The service's own agent makes the tokens. It has the right to
# (roles/cloudtasks.serviceAgent) since the API was enabled; where that was before
# March 2019, or somebody took it away, it must be given by hand.
